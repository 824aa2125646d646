//! A layer of the library is given a number in place of its options, as in TensorFlow.
use tf::layers::*;
use tf::prelude::*;

model! {
    pub Model(x: f32[?, 8]) -> f32[?, 4] {
        dense(x, 4)
    }
}

fn main() {}
