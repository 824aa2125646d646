//! A layer calls a function that somebody forgot to mark as a layer.
use tf::prelude::*;

fn block(x: Tensor<f32>) -> Tensor<f32> {
    nn::relu(x)
}

#[variable_scope]
fn tower(x: Tensor<f32>) -> Tensor<f32> {
    block(x)
}

model! {
    pub Tower(x: f32[?, 8]) -> f32[?, 8] {
        tower(x)
    }
}

fn main() {}
