//! How many features the input has is not said, so the kernel has no size.
use tf::layers::*;
use tf::prelude::*;

model! {
    pub Model(x: f32[?, ?]) -> f32[?, 8] {
        dense(x, Dense::new(8))
    }
}

fn main() {}
