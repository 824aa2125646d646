//! Integers have no gradient.

use tf::prelude::*;

#[variable_scope]
fn slope(x: Tensor<f32>, n: Tensor<i32>) -> Tensor<f32> {
    let y = x * tf::cast::<f32, _>(n);
    let (by_x, _) = tf::gradients(y, (x, n));
    by_x
}

fn main() {}
