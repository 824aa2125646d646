//! An operation is called with too many arguments.
//! errors: 2, since rustc checks the types of the layer that runs and of the one that it evaluates
use tf::prelude::*;

#[variable_scope]
fn act(x: Tensor<f32>) -> Tensor<f32> {
    nn::relu(x, 0.2)
}

fn main() {}
