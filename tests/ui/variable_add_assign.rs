//! A variable is changed by `+=`, which TensorFlow takes for a new tensor, or refuses (U18).
use tf::prelude::*;

fn counted() -> Tensor<f32> {
    let mut calls: Variable<f32> = get_variable!("calls", []);
    calls += 1.0;
    calls.read_value()
}

fn main() {}
