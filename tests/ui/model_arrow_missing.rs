//! A model does not say what it returns.
use tf::prelude::*;

model! {
    pub Act(x: f32[?, 8]) {
        nn::relu(x)
    }
}

fn main() {}
