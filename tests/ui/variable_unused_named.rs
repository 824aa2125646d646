//! A model is to use all its variables, and one is read by nothing: named, with its place.
#![allow(deprecated)]
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    let weights = get_variable!("weights", [8, 8]);
    let _biases: Variable<f32> = get_variable!("biases", [8]);
    tf::matmul(x, weights)
}

model! {
    pub Dense(x: f32[?, 8]) -> f32[?, 8] {
        variable_scope!("first", { dense(x) })
    }
}

const _: () = Dense::USES_ALL;

fn main() {}
