//! Two shapes are added that do not fit together.
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    let weights = get_variable!("weights", [784, 10]);
    let biases = get_variable!("biases", [100]);
    tf::matmul(x, weights) + biases
}

model! {
    pub Digits(images: f32[?, 784]) -> f32[?, 10] {
        dense(images)
    }
}

fn main() {}
