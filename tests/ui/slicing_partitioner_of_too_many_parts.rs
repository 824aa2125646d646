//! A layer that is called twice, once to share, cuts a variable into more parts than its axis is long: one mistake.
use tf::prelude::*;

#[variable_scope]
fn project(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(x, get_variable!("table", [4, 4], partitioner = tf::slicing_partitioner([5, 1])))
}

model! {
    pub Project(x: f32[?, 4]) -> f32[?, 4] {
        with variable_scope("shared") as shared {
            let y = project(x);
            shared.reuse_variables();
            project(y)
        }
    }
}

fn main() {}
