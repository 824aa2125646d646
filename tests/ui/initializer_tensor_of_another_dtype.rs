//! A variable of real numbers is initialized by a tensor of integers.
//! rustc examines two bodies, and speaks of one.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", initializer = tf::constant([1, 2, 3]))
}

fn main() {}
