//! A layer uses `?`.
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    let y = tf::matmul(x, get_variable!("weights", [8, 8]))?;
    nn::relu(y)
}

fn main() {}
