//! A layer of no units is asked for.
use tf::layers::*;
use tf::prelude::*;

model! {
    pub Model(x: f32[?, 8]) -> f32[?, 8] {
        dense(x, Dense::new(0))
    }
}

fn main() {}
