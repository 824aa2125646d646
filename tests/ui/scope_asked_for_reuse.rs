//! A layer asks whether its scope reuses, where it is to reuse.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [3])
}

#[variable_scope]
fn twice(x: Tensor<f32>) -> Tensor<f32> {
    variable_scope!("shared" as shared, {
        let y = scale(x);
        shared.reuse();
        scale(y)
    })
}

fn main() {}
