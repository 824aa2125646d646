//! A model's input has an element type that does not exist.
use tf::prelude::*;

model! {
    pub Act(x: float32[?, 8]) -> f32[?, 8] {
        nn::relu(x)
    }
}

fn main() {}
