//! A recurrent layer over no steps.
use tf::layers::*;
use tf::prelude::*;

model! {
    pub Model(x: f32[2, 8]) -> f32[2, 8] {
        let steps: [Tensor<f32>; 0] = [];
        rnn(steps, Some(x), BasicRnnCell::new(8)).1
    }
}

fn main() {}
