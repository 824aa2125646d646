//! The scope that reuses comes before the one that creates.
use tf::prelude::*;

#[variable_scope]
fn embed(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(x, get_variable!("table", [100, 16]))
}

model! {
    pub Pair(left: f32[?, 100], right: f32[?, 100]) -> (f32[?, 16], f32[?, 16]) {
        let a = with variable_scope("embedding", reuse = true) { embed(left) };
        let b = with variable_scope("embedding") { embed(right) };
        (a, b)
    }
}

fn main() {}
