//! The body of a layer is no Rust.
use tf::prelude::*;

#[variable_scope]
fn act(x: Tensor<f32>) -> Tensor<f32> {
    let y = ;
    nn::relu(x)
}

fn main() {}
