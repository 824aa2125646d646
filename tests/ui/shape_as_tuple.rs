//! The shape of a variable is a tuple, as in Python.
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", (4, 4)))
}

fn main() {}
