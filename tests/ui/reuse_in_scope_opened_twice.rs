//! A scope is opened inside itself, so that a variable is looked for one scope too deep.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("w", [4])
}

model! {
    pub Twice(x: f32[?, 4]) -> f32[?, 4] {
        let y = variable_scope!("m", { scale(x) });
        variable_scope!("m", reuse = true, { variable_scope!("m", { scale(y) }) })
    }
}

fn main() {}
