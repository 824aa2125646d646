//! A name has a hole with nothing in it.
use tf::prelude::*;

#[variable_scope]
fn tower(x: Tensor<f32>) -> Tensor<f32> {
    let mut y = x;
    for i in 0..3 {
        y = variable_scope!("dense{}", { tf::matmul(y, get_variable!("weights", [8, 8])) });
    }
    y
}

model! {
    pub Tower(x: f32[?, 8]) -> f32[?, 8] {
        tower(x)
    }
}

fn main() {}
