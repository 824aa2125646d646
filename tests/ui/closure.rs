//! A layer uses a closure.
use tf::prelude::*;

#[variable_scope]
fn conv(x: Tensor<f32>, size: usize) -> Tensor<f32> {
    let kernel = get_variable!("kernel", [size, size, x.dim(3), 4]);
    nn::conv2d(x, kernel, [1, 1], Padding::Same)
}

#[variable_scope]
fn inception(x: Tensor<f32>) -> Tensor<f32> {
    let branches = [1, 3, 5].map(|size| variable_scope!("conv{size}", { conv(x, size) }));
    tf::concat(branches, -1)
}

model! {
    pub Inception(x: f32[?, 8, 8, 1]) -> f32[?, 8, 8, 12] {
        inception(x)
    }
}

fn main() {}
