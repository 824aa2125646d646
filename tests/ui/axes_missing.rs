//! A sum over no axes: TensorFlow's means all of them.
use tf::prelude::*;

model! {
    pub Sum(x: f32[?, 8]) -> f32[] {
        tf::reduce_sum(x)
    }
}

fn main() {}
