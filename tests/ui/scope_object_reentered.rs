//! A scope object is entered again without `reuse`, and the same layer called in it.
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [8, 8]))
}

model! {
    pub Stack(x: f32[?, 8]) -> f32[?, 8] {
        let mut y = x;
        with variable_scope("dense") as scope {
            y = dense(y);
            with variable_scope(scope) {
                y = dense(y);
            }
        }
        y
    }
}

fn main() {}
