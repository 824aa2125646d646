//! A layer and a module have one name.
//! errors: 2, because rustc asks for the argument and for the type of the result each by itself.
use tf::prelude::*;

mod dense {}

#[variable_scope]
pub fn dense(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [8, 8]))
}

fn main() {}
