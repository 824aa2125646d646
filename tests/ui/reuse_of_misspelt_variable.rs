//! A scope reuses, and the name asked for in it is not quite that of the variable which is there.
use tf::prelude::*;

#[variable_scope]
fn layer(x: Tensor<f32>) -> Tensor<f32> {
    let weights = get_variable!("weights", [4]);
    x * weights
}

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        let y = variable_scope!("norm", { layer(x) });
        variable_scope!("norm", reuse = true, {
            let weights = get_variable!("wieghts", [4]);
            y * weights
        })
    }
}

fn main() {}
