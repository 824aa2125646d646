//! The area under a curve of one threshold.
use tf::metrics::{Auc, auc};
use tf::prelude::*;

model! {
    pub Model(labels: bool[?], predictions: f32[?]) -> f32[] {
        auc(labels, predictions, Auc::new().thresholds(1)).1
    }
}

fn main() {}
