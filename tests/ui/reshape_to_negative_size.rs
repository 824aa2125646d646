//! TensorFlow's -1 for the size that follows from the others.
use tf::prelude::*;

#[variable_scope]
fn flatten(x: Tensor<f32>) -> Tensor<f32> {
    tf::reshape(x, [-1, 4])
}

fn main() {}
