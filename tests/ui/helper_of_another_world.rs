//! A layer calls, in parentheses, a function that const evaluation cannot.
use tf::prelude::*;

fn half(width: usize) -> usize {
    width / 2
}

#[variable_scope]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [x.dim(1), (half)(x.dim(1))]))
}

model! {
    pub Shrink(x: f32[?, 8]) -> f32[?, 4] {
        dense(x)
    }
}

fn main() {}
