//! A filter is trained with kernels of one size and applied with others: in the example `image_filter`, both call the same layer.
use tf::{losses, prelude::*};

#[variable_scope]
fn conv_relu(input: Tensor<f32>, kernel_shape: [usize; 4]) -> Tensor<f32> {
    nn::relu(nn::conv2d(input, get_variable!("weights", kernel_shape), [1, 1], Padding::Same))
}

#[variable_scope("model")]
fn my_image_filter(images: Tensor<f32>, size: usize) -> Tensor<f32> {
    let relu1 = variable_scope!("conv1", { conv_relu(images, [5, 5, 3, 32]) });
    variable_scope!("conv2", { conv_relu(relu1, [size, size, 32, 3]) })
}

model! {
    pub Train(images: f32[?, ?, ?, 3], wanted: f32[?, ?, ?, 3]) -> f32[] {
        losses::mean_squared_error(wanted, my_image_filter(images, 5))
    }
}

model! {
    pub Apply reuse Train(images: f32[?, ?, ?, 3]) -> f32[?, ?, ?, 3] { my_image_filter(images, 3) }
}

fn main() {}
