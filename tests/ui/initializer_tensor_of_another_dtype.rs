//! A variable of real numbers is initialized by a tensor of integers.
//! errors: 2, since rustc checks the types of the layer that runs and of the one that it evaluates
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", initializer = tf::constant([1, 2, 3]))
}

fn main() {}
