//! A tensor is taken apart into fewer tensors than it holds.
use tf::prelude::*;

model! {
    pub Unstack(x: f32[3, 8]) -> (f32[8], f32[8]) {
        let [a, b] = tf::unstack(x, 0);
        (a, b)
    }
}

fn main() {}
