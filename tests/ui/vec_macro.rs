//! A layer makes a `Vec`.
use tf::prelude::*;

#[variable_scope]
fn tower(x: Tensor<f32>) -> Tensor<f32> {
    let mut y = x;
    for width in vec![16, 8] {
        y = variable_scope!("dense{width}", { tf::matmul(y, get_variable!("weights", [y.dim(1), width])) });
    }
    y
}

model! {
    pub Tower(x: f32[?, 32]) -> f32[?, 8] {
        tower(x)
    }
}

fn main() {}
