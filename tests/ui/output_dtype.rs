//! A model returns another element type than it declares.
use tf::prelude::*;

#[variable_scope]
fn classify(x: Tensor<f32>) -> Tensor<f32> {
    tf::reduce_max(x, -1)
}

model! {
    pub Digits(logits: f32[?, 10]) -> i64[?] {
        classify(logits)
    }
}

fn main() {}
