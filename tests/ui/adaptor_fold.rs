//! An iterator is folded: what cannot be followed is `fold`, not the `iter` that it begins with.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>, widths: &[usize]) -> Tensor<f32> {
    let sum = widths.iter().fold(0, |sum, width| sum + width);
    x * get_variable!("scale", [sum])
}

fn main() {}
