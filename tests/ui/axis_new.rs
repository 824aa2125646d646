//! A dimension is put in where the result has none.
use tf::prelude::*;

model! {
    pub AxisNew(x: f32[?, 8]) -> f32[?, 8, 1] {
        tf::expand_dims(x, 3)
    }
}

fn main() {}
