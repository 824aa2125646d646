//! An axis is named that the tensor does not have.
use tf::prelude::*;

model! {
    pub Mean(x: f32[?, 8]) -> f32[?] {
        tf::reduce_mean(x, 2)
    }
}

fn main() {}
