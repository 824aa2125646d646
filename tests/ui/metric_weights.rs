//! Three weights for two values each: the weights go beyond the values.
use tf::metrics::{Metric, mean};
use tf::prelude::*;

model! {
    pub Model(x: f32[2]) -> f32[] {
        let weights = tf::constant([[1.0], [2.0], [3.0]]);
        mean(x, Metric::new().weights(weights)).1
    }
}

fn main() {}
