//! A layer of the library is called without its options.
use tf::layers::*;
use tf::prelude::*;

model! {
    pub Model(x: f32[?, 8]) -> f32[?, 4] {
        dense(x)
    }
}

fn main() {}
