//! A wrong size in a layer is one mistake, however often the layer is called.
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>, units: usize) -> Tensor<f32> {
    let kernel = get_variable!("kernel", [32, units]);
    tf::matmul(x, kernel)
}

model! {
    pub Towers(left: f32[?, 16], right: f32[?, 16]) -> (f32[?, 8], f32[?, 8]) {
        with variable_scope("tower") as scope {
            let a = dense(left, 8);
            scope.reuse_variables();
            (a, dense(right, 8))
        }
    }
}

fn main() {}
