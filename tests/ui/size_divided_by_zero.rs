//! A size is divided by zero.
use tf::prelude::*;

#[variable_scope]
fn heads(x: Tensor<f32>, count: usize) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [x.dim(1), x.dim(1) / count]))
}

model! {
    pub Attention(x: f32[?, 8]) -> f32[?, 8] {
        heads(x, 0)
    }
}

fn main() {}
