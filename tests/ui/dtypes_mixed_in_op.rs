//! An operation is given tensors of two element types.
//! rustc examines two bodies, and speaks of one.
use tf::prelude::*;

#[variable_scope]
fn conv(images: Tensor<f32>) -> Tensor<f32> {
    let kernel: Variable<f64> = get_variable!("kernel", [3, 3, 1, 1]);
    nn::conv2d(images, kernel, [1, 1], Padding::Same)
}

fn main() {}
