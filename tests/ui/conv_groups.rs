//! A photograph in colour goes into a kernel for grey images: three groups, which do not divide its 32 output channels.
use tf::prelude::*;

#[variable_scope]
fn conv_relu(input: Tensor<f32>, kernel_shape: [usize; 4], bias_shape: [usize; 1]) -> Tensor<f32> {
    let weights = get_variable!("weights", kernel_shape, initializer = random_normal_initializer());
    let biases = get_variable!("biases", bias_shape, initializer = constant_initializer(0.0));
    let conv = nn::conv2d(input, weights, [1, 1], Padding::Same);
    nn::relu(conv + biases)
}

model! {
    pub Photograph(image: f32[?, 224, 224, 3]) -> f32[?, 224, 224, 32] {
        conv_relu(image, [5, 5, 1, 32], [32])
    }
}

fn main() {}
