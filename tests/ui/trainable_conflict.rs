//! A variable is shared as one that is not trained, and was created as one that is.
use tf::prelude::*;

#[variable_scope("embedding", reuse = AUTO_REUSE)]
fn embed(x: Tensor<f32>, trainable: bool) -> Tensor<f32> {
    tf::matmul(x, get_variable!("table", [100, 16], trainable = trainable))
}

model! {
    pub Pair(left: f32[?, 100], right: f32[?, 100]) -> (f32[?, 16], f32[?, 16]) {
        (embed(left, true), embed(right, false))
    }
}

fn main() {}
