//! The mean and standard deviation of an initializer are given as TensorFlow gives them.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [3], initializer = random_normal_initializer(0.0, 0.2))
}

fn main() {}
