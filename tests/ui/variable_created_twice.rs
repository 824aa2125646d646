//! A variable is created twice in one scope.
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    let hidden = get_variable!("weights", [8, 8]);
    let output = get_variable!("weights", [8, 8]);
    tf::matmul(tf::matmul(x, hidden), output)
}

model! {
    pub Classifier(x: f32[?, 8]) -> f32[?, 8] {
        dense(x)
    }
}

fn main() {}
