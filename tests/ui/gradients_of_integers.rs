//! Integers have no gradient.
//! errors: 3, because rustc asks for the argument, for the result's type and for the build-time half each by itself.

use tf::prelude::*;

#[variable_scope]
fn slope(x: Tensor<f32>, n: Tensor<i32>) -> Tensor<f32> {
    let slope = tf::gradients(x * tf::cast::<f32, _>(n), n);
    x * tf::cast(slope)
}

fn main() {}
