//! Two masks are added.
use tf::prelude::*;

#[variable_scope]
fn both(a: Tensor<bool>, b: Tensor<bool>) -> Tensor<bool> {
    a + b
}

fn main() {}
