//! Whether one tensor depends on another is asked where only shapes are known.

use tf::prelude::*;

#[variable_scope]
fn slope(x: Tensor<f32>) -> Tensor<f32> {
    let w = get_variable!("w", [3]);
    match tf::gradients_or_none(x * w, w) {
        Some(slope) => slope,
        None => tf::zeros([3]),
    }
}

model! {
    Slope(x: f32[3]) -> f32[3] {
        slope(x)
    }
}

fn main() {}
