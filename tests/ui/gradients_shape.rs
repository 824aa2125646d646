//! The gradient that is given for a tensor has another shape than the tensor.

use tf::prelude::*;

#[variable_scope]
fn slope(x: Tensor<f32>) -> Tensor<f32> {
    let w = get_variable!("w", [3]);
    tf::gradients_with(x * w, tf::ones::<f32, _>([2]), w)
}

model! {
    Slope(x: f32[3]) -> f32[3] {
        slope(x)
    }
}

fn main() {}
