//! A model returns one tensor, and declares two.
use tf::prelude::*;

model! {
    pub Split(x: f32[?, 8]) -> (f32[?, 8], f32[?, 8]) {
        nn::relu(x)
    }
}

fn main() {}
