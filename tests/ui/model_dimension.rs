//! A dimension of a model's input is none.
use tf::prelude::*;

model! {
    pub Act(x: f32[-1, 8]) -> f32[?, 8] {
        nn::relu(x)
    }
}

fn main() {}
