//! A helper calls what const evaluation cannot.
use tf::prelude::*;

fn cores() -> usize {
    8
}

#[helper]
fn workers() -> usize {
    (cores)() * 2
}

#[variable_scope]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [x.dim(1), workers()]))
}

fn main() {}
