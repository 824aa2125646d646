//! A model runs on the variables of another model that is itself wrong: only that one's mistake is told.
use tf::prelude::*;

#[variable_scope("dense")]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [16, 4]))
}

model! {
    pub Training(x: f32[?, 8]) -> f32[?, 4] {
        dense(x)
    }
}

model! {
    pub Inference reuse Training(x: f32[?, 8]) -> f32[?, 4] {
        dense(x)
    }
}

fn main() {}
