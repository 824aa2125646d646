//! A model is to learn all its variables, and its loss does not depend on two of them: named, with their places.
#![allow(deprecated)]
use tf::{losses, prelude::*};

#[variable_scope]
fn dense(x: Tensor<f32>, units: usize) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [x.dim(1), units])) + get_variable!("biases", [units])
}

model! {
    pub Train(x: f32[n, 8], y: f32[n, 4]) -> (f32[], f32[n, 4]) {
        let hidden = variable_scope!("hidden", { dense(x, 4) });
        let found = variable_scope!("answer", { dense(hidden, 4) });
        (losses::mean_squared_error(y, hidden), found)
    }
}

const _: () = Train::LEARNS_ALL;

fn main() {}
