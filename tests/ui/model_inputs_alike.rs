//! Two inputs of a model have one name.
use tf::prelude::*;

model! {
    pub Add(x: f32[?, 8], x: f32[?, 8]) -> f32[?, 8] {
        x + x
    }
}

fn main() {}
