//! The rows of one matrix have another length than the columns of the other.
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [128, 10]))
}

model! {
    pub Digits(images: f32[?, 784]) -> f32[?, 10] {
        dense(images)
    }
}

fn main() {}
