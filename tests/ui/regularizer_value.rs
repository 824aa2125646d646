//! A regularizer is given as a number.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [3], regularizer = 0.1)
}

model! {
    pub Scale(x: f32[?, 3]) -> f32[?, 3] {
        scale(x)
    }
}

fn main() {}
