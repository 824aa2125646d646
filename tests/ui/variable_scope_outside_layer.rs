//! `variable_scope!` is used in a function that is no layer.
use tf::prelude::*;

fn plain(x: Tensor<f32>) -> Tensor<f32> {
    variable_scope!("act", { nn::relu(x) })
}

fn main() {}
