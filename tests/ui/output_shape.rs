//! A model returns another shape than it declares.
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>, units: usize) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [x.dim(1), units]))
}

model! {
    pub Digits(images: f32[?, 784]) -> f32[?, 10] {
        dense(images, 100)
    }
}

fn main() {}
