//! An element type is written as a text, as in TensorFlow.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [4], dtype = "float32")
}

fn main() {}
