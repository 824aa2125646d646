//! The choice of dropout has a size that is neither 1 nor that of the input.
use tf::layers::*;
use tf::prelude::*;

model! {
    pub Model(x: f32[?, 8]) -> f32[?, 8] {
        dropout(x, Dropout::new(0.25).training(true).noise_shape([tf::ANY, 2]))
    }
}

fn main() {}
