//! A slice goes beyond the end of a tensor.
use tf::prelude::*;

model! {
    pub Slice(x: f32[4, 8]) -> f32[2, 8] {
        tf::slice(x, [3, 0], [2, 8])
    }
}

fn main() {}
