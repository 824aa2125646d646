//! Labels that would broadcast against the predictions.

use tf::prelude::*;

model! {
    Loss(labels: f32[?], predictions: f32[?, 1]) -> f32[] {
        tf::losses::mean_squared_error(labels, predictions)
    }
}

fn main() {}
