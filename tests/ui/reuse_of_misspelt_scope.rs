//! A scope reuses, and its own name is not quite that of the scope which has the variable.
use tf::prelude::*;

#[variable_scope]
fn layer(x: Tensor<f32>) -> Tensor<f32> {
    let weights = get_variable!("weights", [4]);
    x * weights
}

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        let y = variable_scope!("encoder", { variable_scope!("norm1", { layer(x) }) });
        variable_scope!("encodre", reuse = true, { variable_scope!("norm1", { layer(y) }) })
    }
}

fn main() {}
