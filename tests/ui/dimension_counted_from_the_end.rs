//! A dimension is counted from the end, as in Python.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [x.dim(-1)])
}

fn main() {}
