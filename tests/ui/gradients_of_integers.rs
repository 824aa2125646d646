//! Integers have no gradient.
//! errors: 2, because rustc asks for the argument and for the type of the result each by itself.

use tf::prelude::*;

#[variable_scope]
fn slope(x: Tensor<f32>, n: Tensor<i32>) -> Tensor<f32> {
    let slope = tf::gradients(x * tf::cast::<f32, _>(n), n);
    x * tf::cast(slope)
}

fn main() {}
