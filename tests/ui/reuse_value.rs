//! A number says how to reuse.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    variable_scope!("scale", reuse = 1, { x * get_variable!("scale", [3]) })
}

fn main() {}
