//! A constant is nested nine deep.
use tf::prelude::*;

model! {
    pub Deep(x: f32[?, 3]) -> f32[?, 3] {
        x + tf::constant([[[[[[[[[0.5f32]]]]]]]]])
    }
}

fn main() {}
