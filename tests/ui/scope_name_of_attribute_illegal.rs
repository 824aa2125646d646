//! The scope that a layer's attribute opens has a name that is none.
use tf::prelude::*;

#[variable_scope("dense layer")]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [8, 8]))
}

model! {
    pub Dense(x: f32[?, 8]) -> f32[?, 8] {
        dense(x)
    }
}

fn main() {}
