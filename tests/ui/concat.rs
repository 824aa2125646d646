//! Tensors are joined whose other dimensions differ.
use tf::prelude::*;

model! {
    pub Skip(fine: f32[?, 28, 28, 8], coarse: f32[?, 14, 14, 8]) -> f32[?, 28, 28, 16] {
        tf::concat([fine, coarse], -1)
    }
}

fn main() {}
