//! A size is computed from a dimension that is known only when the graph runs.
use tf::prelude::*;

#[variable_scope]
fn positions(x: Tensor<f32>) -> Tensor<f32> {
    x + get_variable!("positions", [x.dim(1) + 1, x.dim(2)])
}

model! {
    pub Sequence(x: f32[?, ?, 16]) -> f32[?, ?, 16] {
        positions(x)
    }
}

fn main() {}
