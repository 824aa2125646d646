//! A list of sizes is read beyond its end.
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>, units: usize) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [x.dim(1), units]))
}

model! {
    pub Tower(x: f32[?, 8]) -> f32[?, 8] {
        let widths = [16, 8];
        let mut y = x;
        for i in 0..3 {
            y = variable_scope!("dense{i}", { dense(y, widths[i]) });
        }
        y
    }
}

fn main() {}
