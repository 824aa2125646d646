//! Integers have no gradient.

use tf::prelude::*;

#[variable_scope]
fn slope(x: Tensor<f32>, n: Tensor<i32>) -> Tensor<f32> {
    let slope = tf::gradients(x * tf::cast::<f32, _>(n), n);
    x * tf::cast(slope)
}

fn main() {}
