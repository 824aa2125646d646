//! An order of dimensions names one of them twice.
use tf::prelude::*;

model! {
    pub Transpose(images: f32[?, 28, 28, 3]) -> f32[?, 3, 28, 28] {
        tf::transpose(images, [0, 3, 1, 1])
    }
}

fn main() {}
