//! A device that a layer is given as an argument has two types: the model's call says which.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>, on: &str) -> Tensor<f32> {
    device!(on, { x * get_variable!("scale", [3]) })
}

model! {
    pub Affine(x: f32[?, 3]) -> f32[?, 3] {
        with variable_scope("first") { scale(x, "/cpu:0/gpu:0") }
    }
}

fn main() {}
