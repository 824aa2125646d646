//! A layer calls itself, and never ends.
use tf::prelude::*;

#[variable_scope]
fn tower(x: Tensor<f32>) -> Tensor<f32> {
    nn::relu(tower(x))
}

model! {
    pub Tower(x: f32[?, 8]) -> f32[?, 8] {
        tower(x)
    }
}

fn main() {}
