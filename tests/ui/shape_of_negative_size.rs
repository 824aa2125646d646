//! A variable's shape has a negative size.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [-1, 3])
}

fn main() {}
