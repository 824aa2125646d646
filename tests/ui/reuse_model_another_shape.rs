//! A model runs on the variables of another model, where one has another shape.
use tf::prelude::*;

#[variable_scope("dense")]
fn dense(x: Tensor<f32>, units: usize) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [x.dim(1), units]))
}

model! {
    pub Training(x: f32[?, 8]) -> f32[?, 4] {
        dense(x, 4)
    }
}

model! {
    pub Inference reuse Training(x: f32[?, 16]) -> f32[?, 4] {
        dense(x, 4)
    }
}

fn main() {}
