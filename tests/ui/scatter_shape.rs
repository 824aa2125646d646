//! The updates of a scatter are not one row of the variable for each index (U16).
use tf::prelude::*;

#[variable_scope]
fn counted(classes: Tensor<i32>, rows: Tensor<f32>) -> Tensor<f32> {
    let sums: Variable<f32> = get_variable!("sums", [10, 4], trainable = false);
    sums.scatter_add(classes, rows)
}

model! {
    pub ScatterShape(classes: i32[8], rows: f32[8, 3]) -> f32[10, 4] { counted(classes, rows) }
}

fn main() {}
