//! A variable is given a shape, and a tensor as initializer, which has one.
use tf::prelude::*;

model! {
    pub Affine(x: f32[?, 3]) -> f32[?, 3] {
        let start = tf::constant([1.0f32, 2.0, 3.0]);
        x * get_variable!("scale", [3], initializer = start)
    }
}

fn main() {}
