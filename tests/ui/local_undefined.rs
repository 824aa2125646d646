//! A local variable is used that does not exist.
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(y, get_variable!("weights", [8, 8]))
}

fn main() {}
