//! The capacity of a model is no number.
use tf::prelude::*;

model! {
    #[capacity = 4096]
    pub Act(x: f32[?, 8]) -> f32[?, 8] {
        nn::relu(x)
    }
}

fn main() {}
