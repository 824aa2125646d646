//! A scope has a name that is none.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [3])
}

model! {
    pub Affine(x: f32[?, 3]) -> f32[?, 3] {
        with variable_scope("first layer") { scale(x) }
    }
}

fn main() {}
