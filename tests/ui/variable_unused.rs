//! A model creates a variable that nothing reads: a warning, which this crate denies.
#![deny(deprecated)]
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    let weights = get_variable!("weights", [8, 8]);
    let _biases: Variable<f32> = get_variable!("biases", [8]);
    tf::matmul(x, weights)
}

model! {
    pub Dense(x: f32[?, 8]) -> f32[?, 8] {
        dense(x)
    }
}

fn main() {}
