//! A layer that is called twice has a variable whose name is none: one mistake.
use tf::prelude::*;

#[variable_scope]
fn shift(x: Tensor<f32>) -> Tensor<f32> {
    x + get_variable!("bi ases", [3])
}

model! {
    pub Shifts(x: f32[?, 3]) -> f32[?, 3] {
        let y = variable_scope!("first", { shift(x) });
        variable_scope!("second", { shift(y) })
    }
}

fn main() {}
