//! A layer returns two tensors, and declares one.
use tf::prelude::*;

#[variable_scope]
fn split(x: Tensor<f32>) -> Tensor<f32> {
    let y = nn::relu(x);
    (x, y)
}

fn main() {}
