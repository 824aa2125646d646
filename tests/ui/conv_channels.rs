//! A kernel's input channels do not divide the channels of the images.
use tf::prelude::*;

#[variable_scope]
fn conv(images: Tensor<f32>) -> Tensor<f32> {
    let kernel = get_variable!("kernel", [3, 3, 2, 8]);
    nn::conv2d(images, kernel, [1, 1], Padding::Same)
}

model! {
    pub Edges(images: f32[?, 28, 28, 3]) -> f32[?, 28, 28, 8] {
        conv(images)
    }
}

fn main() {}
