//! An argument of `get_variable!` is given twice.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [3], trainable = true, trainable = false)
}

model! {
    pub Scale(x: f32[?, 3]) -> f32[?, 3] {
        scale(x)
    }
}

fn main() {}
