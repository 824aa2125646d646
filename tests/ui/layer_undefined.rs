//! A layer is called that does not exist.
//! errors: 2, since rustc checks the types of the layer that runs and of the one that it evaluates
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [8, 8]))
}

#[variable_scope]
fn tower(x: Tensor<f32>) -> Tensor<f32> {
    nn::relu(denes(x))
}

fn main() {}
