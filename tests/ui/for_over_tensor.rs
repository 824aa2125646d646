//! A loop goes through a tensor, as in Python.
use tf::prelude::*;

#[variable_scope]
fn sum(x: Tensor<f32>) -> Tensor<f32> {
    let mut sum = tf::zeros([3]);
    for row in x {
        sum = sum + row;
    }
    sum
}

fn main() {}
