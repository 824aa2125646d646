//! A rate in percent.
use tf::layers::*;
use tf::prelude::*;

model! {
    pub Model(x: f32[?, 8]) -> f32[?, 8] {
        dropout(x, Dropout::new(25.0).training(true))
    }
}

fn main() {}
