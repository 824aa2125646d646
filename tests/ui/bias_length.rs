//! A bias has another length than there are channels.
use tf::prelude::*;

#[variable_scope]
fn conv(images: Tensor<f32>, channels: usize) -> Tensor<f32> {
    let kernel = get_variable!("kernel", [3, 3, images.dim(3), channels]);
    let biases = get_variable!("biases", [1]);
    nn::bias_add(nn::conv2d(images, kernel, [1, 1], Padding::Same), biases)
}

model! {
    pub Edges(images: f32[?, 28, 28, 3]) -> f32[?, 28, 28, 8] {
        conv(images, 8)
    }
}

fn main() {}
