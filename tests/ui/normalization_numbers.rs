//! More than all of an average is to stay at each update of a normalization.
use tf::layers::{BatchNormalization, batch_normalization};
use tf::prelude::*;

model! {
    pub Normalized(x: f32[?, 8]) -> f32[?, 8] {
        batch_normalization(x, BatchNormalization::new().momentum(99.0))
    }
}

fn main() {}
