//! A layer takes another layer.
use tf::prelude::*;

#[variable_scope]
fn act(x: Tensor<f32>) -> Tensor<f32> {
    nn::relu(x)
}

#[variable_scope]
fn twice(x: Tensor<f32>, layer: fn(Tensor<f32>) -> Tensor<f32>) -> Tensor<f32> {
    layer(layer(x))
}

#[variable_scope]
fn tower(x: Tensor<f32>) -> Tensor<f32> {
    twice(x, act)
}

fn main() {}
