//! A model's input has no dimensions.
use tf::prelude::*;

model! {
    pub Act(x: f32) -> f32[?, 8] {
        nn::relu(x)
    }
}

fn main() {}
