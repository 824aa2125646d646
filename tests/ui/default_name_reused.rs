//! A scope with a default name, which is new at each entry, is told to reuse.
use tf::prelude::*;

#[variable_scope(default_name = "dense", reuse = true)]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [8, 8]))
}

model! {
    pub Stack(x: f32[?, 8]) -> f32[?, 8] {
        dense(x)
    }
}

fn main() {}
