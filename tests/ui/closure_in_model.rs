//! A closure in the body of a model, which is no layer.
use tf::prelude::*;

model! {
    pub Doubled(x: f32[?, 4]) -> f32[?, 4] {
        let double = |x: Tensor<f32>| x * 2.0;
        double(x)
    }
}

fn main() {}
