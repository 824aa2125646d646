//! A model's second output has another shape than it declares.
use tf::prelude::*;

model! {
    pub Regression(x: f32[?, 8], y: f32[?, 1]) -> (f32[?, 1], f32[]) {
        let prediction = tf::matmul(x, get_variable!("weights", [8, 1]));
        (prediction, tf::reduce_mean(tf::square(prediction - y), 0))
    }
}

fn main() {}
