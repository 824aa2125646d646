//! Two layers use one scope by chance, and the second takes the first one's variable for its own.
use tf::prelude::*;

#[variable_scope("norm")]
fn normalize(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [8])
}

#[variable_scope("norm", reuse = AUTO_REUSE)]
fn rescale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [])
}

model! {
    pub Block(x: f32[?, 8]) -> f32[?, 8] {
        rescale(normalize(x))
    }
}

fn main() {}
