//! A layer shares the variables of one with other units (L2).
use tf::layers::*;
use tf::prelude::*;

model! {
    pub Model(x: f32[?, 8]) -> f32[?, 4] {
        dense(dense(x, Dense::new(8).name("d")), Dense::new(4).name("d").reuse(true))
    }
}

fn main() {}
