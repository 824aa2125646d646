//! A model has two mistakes that have nothing to do with each other.
//! errors: 2, one for each mistake
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>, units: usize) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [x.dim(1), units]))
}

model! {
    pub Stack(x: f32[?, 8]) -> f32[?, 8] {
        let y = dense(x, 8);
        let y = dense(y, 8);
        let bias = get_variable!("bias", [9]);
        y + bias
    }
}

fn main() {}
