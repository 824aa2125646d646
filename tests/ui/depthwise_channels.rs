//! A depthwise kernel has another number of channels than the images.
use tf::prelude::*;

model! {
    pub DepthwiseChannels(images: f32[?, 8, 8, 3]) -> f32[?, 8, 8, 3] {
        nn::depthwise_conv2d(images, get_variable!("kernel", [3, 3, 1, 3]), [1, 1], Padding::Same)
    }
}

fn main() {}
