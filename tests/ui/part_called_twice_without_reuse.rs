//! A part with scopes of its own is called twice, and the second call does not reuse its variables: the guide's two images, one filter.
use tf::prelude::*;

#[variable_scope]
fn conv_relu(input: Tensor<f32>, kernel_shape: [usize; 4], bias_shape: [usize; 1]) -> Tensor<f32> {
    let weights = get_variable!("weights", kernel_shape, initializer = random_normal_initializer());
    let biases = get_variable!("biases", bias_shape, initializer = constant_initializer(0.0));
    let conv = nn::conv2d(input, weights, [1, 1], Padding::Same);
    nn::relu(conv + biases)
}

#[variable_scope]
fn my_image_filter(input_images: Tensor<f32>) -> Tensor<f32> {
    let relu1 = variable_scope!("conv1", { conv_relu(input_images, [5, 5, 1, 32], [32]) });
    variable_scope!("conv2", { conv_relu(relu1, [5, 5, 32, 32], [32]) })
}

model! {
    pub TwoImages(image1: f32[1, 10, 10, 1], image2: f32[1, 20, 20, 1])
        -> (f32[1, 10, 10, 32], f32[1, 20, 20, 32])
    {
        let result1 = my_image_filter(image1);
        let result2 = my_image_filter(image2);
        (result1, result2)
    }
}

fn main() {}
