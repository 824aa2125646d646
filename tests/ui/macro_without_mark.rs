//! The function is called where layers use the macro of its name.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable("scale", [4])
}

fn main() {}
