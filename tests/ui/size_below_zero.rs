//! A computed size is below zero.
use tf::prelude::*;

#[variable_scope]
fn shrink(x: Tensor<f32>) -> Tensor<f32> {
    let units = x.dim(1) - 9;
    tf::matmul(x, get_variable!("weights", [x.dim(1), units]))
}

model! {
    pub Shrink(x: f32[?, 8]) -> f32[?, 4] {
        shrink(x)
    }
}

fn main() {}
