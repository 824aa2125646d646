//! A variable has a shape, and no name.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 8]) -> f32[?, 8] {
        x * get_variable!([8], trainable = false)
    }
}

fn main() {}
