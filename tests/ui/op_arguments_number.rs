//! An operation is called with too many arguments.
//! rustc examines two bodies, and speaks of one.
use tf::prelude::*;

#[variable_scope]
fn act(x: Tensor<f32>) -> Tensor<f32> {
    nn::relu(x, 0.2)
}

fn main() {}
