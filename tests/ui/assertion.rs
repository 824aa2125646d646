//! What a layer asserts of its input does not hold.
use tf::prelude::*;

#[variable_scope]
fn grey(images: Tensor<f32>) -> Tensor<f32> {
    assert!(images.dim(3) == 3, "`grey` wants images in colour, got {} channels", images.dim(3));
    tf::reduce_mean(images, -1)
}

model! {
    pub Grey(images: f32[?, 8, 8, 1]) -> f32[?, 8, 8] {
        grey(images)
    }
}

fn main() {}
