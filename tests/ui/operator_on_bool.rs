//! Two masks are added.
//! errors: 2, since rustc checks the types of the layer that runs and of the one that it evaluates
use tf::prelude::*;

#[variable_scope]
fn both(a: Tensor<bool>, b: Tensor<bool>) -> Tensor<bool> {
    a + b
}

fn main() {}
