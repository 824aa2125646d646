//! A layer is called twice, and neither call has a scope of its own.
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>, units: usize) -> Tensor<f32> {
    let weights = get_variable!("weights", [x.dim(1), units]);
    let biases = get_variable!("biases", [units], initializer = zeros_initializer());
    nn::relu(tf::matmul(x, weights) + biases)
}

model! {
    pub Perceptron(x: f32[?, 8]) -> f32[?, 8] {
        let hidden = dense(x, 8);
        dense(hidden, 8)
    }
}

fn main() {}
