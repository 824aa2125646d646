//! A value is assigned to a variable of another shape.
use tf::prelude::*;

model! {
    pub AssignShape(x: f32[?, 8]) -> f32[8] {
        let mean: Variable<f32> = get_variable!("mean", [4], trainable = false);
        mean.assign(tf::reduce_mean(x, 0))
    }
}

fn main() {}
