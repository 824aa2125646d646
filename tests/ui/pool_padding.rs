//! A pooling window fits into the padding.
use tf::prelude::*;

model! {
    pub PoolPadding(images: f32[?, 8, 8, 1]) -> f32[?, ?, ?, 1] {
        nn::max_pool(images, [2, 2], [1, 1], Padding::Explicit([[2, 0], [0, 0]]))
    }
}

fn main() {}
