//! A kernel has three dimensions, not four.
use tf::prelude::*;

model! {
    pub Blur(images: f32[?, 28, 28, 1]) -> f32[?, 28, 28, 1] {
        let kernel = get_variable!("kernel", [3, 3, 1]);
        nn::conv2d(images, kernel, [1, 1], Padding::Same)
    }
}

fn main() {}
