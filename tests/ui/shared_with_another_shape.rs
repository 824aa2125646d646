//! A variable is shared with another shape than it was created with.
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>, units: usize) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [x.dim(1), units]))
}

model! {
    pub Tied(x: f32[?, 8]) -> (f32[?, 8], f32[?, 4]) {
        let a = with variable_scope("tied") { dense(x, 8) };
        let b = with variable_scope("tied", reuse = AUTO_REUSE) { dense(x, 4) };
        (a, b)
    }
}

fn main() {}
