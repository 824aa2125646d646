//! A layer is async.
use tf::prelude::*;

#[variable_scope]
async fn dense(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [8, 8]))
}

fn main() {}
