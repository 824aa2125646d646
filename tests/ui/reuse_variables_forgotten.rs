//! A scope object is there, and `reuse_variables` is not called: that the object is not used is no mistake of its own.
#![deny(unused_variables)]
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [8, 8]))
}

model! {
    pub Twice(x: f32[?, 8]) -> f32[?, 8] {
        with variable_scope("tower") as scope {
            let y = dense(x);
            dense(y)
        }
    }
}

fn main() {}
