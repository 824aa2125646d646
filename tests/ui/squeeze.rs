//! A dimension is dropped that has more than one element.
use tf::prelude::*;

model! {
    pub Squeeze(x: f32[?, 8, 4]) -> f32[?, 4] {
        tf::squeeze(x, 1)
    }
}

fn main() {}
