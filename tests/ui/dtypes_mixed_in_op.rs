//! An operation is given tensors of two element types.
//! errors: 2, since rustc checks the types of the layer that runs and of the one that it evaluates
use tf::prelude::*;

#[variable_scope]
fn conv(images: Tensor<f32>) -> Tensor<f32> {
    let kernel: Variable<f64> = get_variable!("kernel", [3, 3, 1, 1]);
    nn::conv2d(images, kernel, [1, 1], Padding::Same)
}

fn main() {}
