//! The caching device is handed to a layer, and is none.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>, near: &'static str) -> Tensor<f32> {
    x * get_variable!("scale", [3], caching_device = near)
}

model! {
    pub Affine(x: f32[?, 3]) -> f32[?, 3] {
        with variable_scope("first") { scale(x, "/gpu:1/cpu:0") }
    }
}

fn main() {}
