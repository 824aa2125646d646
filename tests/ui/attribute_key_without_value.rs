//! An argument of the attribute that has no value.
use tf::prelude::*;

#[variable_scope("scale", reuse)]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [4])
}

fn main() {}
