//! Tensors of two shapes are stacked.
use tf::prelude::*;

model! {
    pub Stack(a: f32[?, 8], b: f32[?, 4]) -> f32[?, 8, 2] {
        tf::stack([a, b], -1)
    }
}

fn main() {}
