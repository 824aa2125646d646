//! A batch of rows goes into a layer for images.
use tf::layers::*;
use tf::prelude::*;

model! {
    pub Model(x: f32[?, 28]) -> f32[?, 26, 26, 8] {
        conv2d(x, Conv2d::new(8, [3, 3]))
    }
}

fn main() {}
