//! The name of a scope is a number.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>, i: usize) -> Tensor<f32> {
    variable_scope!(i, { x * get_variable!("scale", [4]) })
}

fn main() {}
