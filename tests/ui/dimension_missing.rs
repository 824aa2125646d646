//! The size of a dimension is asked for that the tensor does not have.
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [x.dim(7), 4]))
}

model! {
    pub Dense(x: f32[?, 8]) -> f32[?, 4] {
        dense(x)
    }
}

fn main() {}
