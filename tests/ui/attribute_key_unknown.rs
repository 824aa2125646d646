//! An argument of `#[variable_scope]` is misspelt.
use tf::prelude::*;

#[variable_scope(dynamc)]
fn act(x: Tensor<f32>) -> Tensor<f32> {
    nn::relu(x)
}

model! {
    pub Act(x: f32[?, 8]) -> f32[?, 8] {
        act(x)
    }
}

fn main() {}
