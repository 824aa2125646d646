//! Two sizes are taken of a tensor that has four.
use tf::prelude::*;

#[variable_scope]
fn flatten(x: Tensor<f32>) -> Tensor<f32> {
    let [batch, width] = x.dims();
    tf::reshape(x, [batch, width])
}

model! {
    pub Flatten(x: f32[?, 8, 8, 3]) -> f32[?, 192] {
        flatten(x)
    }
}

fn main() {}
