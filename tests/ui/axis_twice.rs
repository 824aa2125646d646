//! One axis is reduced twice.
use tf::prelude::*;

model! {
    pub AxisTwice(x: f32[?, 8, 4]) -> f32[?] {
        tf::reduce_sum(x, [1, 1])
    }
}

fn main() {}
