//! The body of a model is no Rust.
use tf::prelude::*;

model! {
    pub Act(x: f32[?, 8]) -> f32[?, 8] {
        let y = ;
        nn::relu(x)
    }
}

fn main() {}
