//! Paddings are given for two dimensions of four.
use tf::prelude::*;

model! {
    pub PadPerDimension(images: f32[?, 8, 8, 1]) -> f32[?, 10, 10, 1] {
        tf::pad(images, [[1, 1], [1, 1]])
    }
}

fn main() {}
