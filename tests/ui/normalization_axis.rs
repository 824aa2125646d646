//! The channels of batch normalization lie along an axis that there is not, and behind them is a size that is not known.
//! errors: 2, because each call has its own.
use tf::layers::*;
use tf::prelude::*;

model! {
    pub Model(x: f32[?, 8], y: f32[?, 8, ?]) -> (f32[?, 8], f32[?, 8, ?]) {
        let x = batch_normalization(x, BatchNormalization::new().axis(2));
        (x, batch_normalization(y, BatchNormalization::new().axis(1).training(true)))
    }
}

fn main() {}
