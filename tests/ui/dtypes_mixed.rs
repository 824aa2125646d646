//! A tensor of real numbers and a variable of integers are added.
use tf::prelude::*;

#[variable_scope]
fn count(x: Tensor<f32>) -> Tensor<f32> {
    let steps: Variable<i32> = get_variable!("steps", [3]);
    x + steps
}

model! {
    pub Count(x: f32[?, 3]) -> f32[?, 3] {
        count(x)
    }
}

fn main() {}
