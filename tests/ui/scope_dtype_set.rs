//! A scope is told of what type its variables are, and one of another type does not say so.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    variable_scope!("half" as scope, {
        scope.set_dtype::<f64>();
        x * get_variable!("scale", [3])
    })
}

model! {
    pub Scale(x: f32[?, 3]) -> f32[?, 3] {
        scale(x)
    }
}

fn main() {}
