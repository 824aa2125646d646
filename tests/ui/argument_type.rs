//! A layer is called with an argument of another type.
//! rustc examines two bodies, and speaks of one.
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>, units: usize) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [x.dim(1), units]))
}

#[variable_scope]
fn tower(x: Tensor<f32>) -> Tensor<f32> {
    nn::relu(dense(x, 1.5))
}

fn main() {}
