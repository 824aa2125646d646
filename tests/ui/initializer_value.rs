//! A number stands where an initializer is expected.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [3], initializer = 0.5)
}

fn main() {}
