//! A pooling window is larger than what is left of the image, and there is no padding.
use tf::prelude::*;

model! {
    pub Shrink(images: f32[?, 28, 28, 1]) -> f32[?, 1, 1, 1] {
        let x = nn::max_pool(images, [4, 4], [4, 4], Padding::Valid);
        nn::max_pool(x, [8, 8], [8, 8], Padding::Valid)
    }
}

fn main() {}
