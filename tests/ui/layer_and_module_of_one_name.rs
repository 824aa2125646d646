//! A layer and a module have one name.
//! errors: 2, since what the layer puts into the namespace of types has an `impl`, too
use tf::prelude::*;

mod dense {}

#[variable_scope]
pub fn dense(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [8, 8]))
}

fn main() {}
