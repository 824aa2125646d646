//! A variable is asked for its truth value while the graph is built, when it has none (U19).
use tf::prelude::*;

fn chosen(x: Tensor<f32>) -> Tensor<f32> {
    let on: Variable<bool> = get_variable!("on", []);
    if on { x } else { -x }
}

fn main() {}
