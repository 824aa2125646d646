//! A regularizer would reward large values.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 3]) -> f32[?, 3] {
        x * get_variable!("scale", [3], regularizer = l2_regularizer(-0.01))
    }
}

fn main() {}
