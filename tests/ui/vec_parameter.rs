//! A layer takes a `Vec`.
use tf::prelude::*;

#[variable_scope]
fn tower(x: Tensor<f32>, widths: Vec<usize>) -> Tensor<f32> {
    let mut y = x;
    for (i, &width) in widths.iter().enumerate() {
        y = variable_scope!("dense{i}", { tf::matmul(y, get_variable!("weights", [y.dim(1), width])) });
    }
    y
}

fn main() {}
