//! One layer is called twice in one scope, with kernels of two shapes: the example of the variable guide that fails.
use tf::prelude::*;

#[variable_scope]
fn conv_relu(input: Tensor<f32>, kernel_shape: [usize; 4], bias_shape: [usize; 1]) -> Tensor<f32> {
    let weights = get_variable!("weights", kernel_shape, initializer = random_normal_initializer());
    let biases = get_variable!("biases", bias_shape, initializer = constant_initializer(0.0));
    let conv = nn::conv2d(input, weights, [1, 1], Padding::Same);
    nn::relu(conv + biases)
}

model! {
    pub Filter(input1: f32[1, 10, 10, 32]) -> f32[1, 10, 10, 32] {
        let x = conv_relu(input1, [5, 5, 1, 32], [32]);
        conv_relu(x, [5, 5, 32, 32], [32])
    }
}

fn main() {}
