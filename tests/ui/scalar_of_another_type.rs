//! A tensor of real numbers is multiplied by an integer.
use tf::prelude::*;

#[variable_scope]
fn double(x: Tensor<f32>) -> Tensor<f32> {
    x * 2
}

fn main() {}
