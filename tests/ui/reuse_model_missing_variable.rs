//! A model runs on the variables of another model, which has not all of them.
use tf::prelude::*;

#[variable_scope("dense")]
fn dense(x: Tensor<f32>, bias: bool) -> Tensor<f32> {
    let y = tf::matmul(x, get_variable!("weights", [8, 8]));
    if bias { y + get_variable!("biases", [8]) } else { y }
}

model! {
    pub Training(x: f32[?, 8]) -> f32[?, 8] {
        dense(x, false)
    }
}

model! {
    pub Inference reuse Training(x: f32[?, 8]) -> f32[?, 8] {
        dense(x, true)
    }
}

fn main() {}
