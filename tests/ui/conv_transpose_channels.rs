//! The filter of a transposed convolution is laid out as that of a plain one.
use tf::prelude::*;

model! {
    pub Model(x: f32[?, 7, 7, 8]) -> f32[?, 14, 14, 3] {
        nn::conv2d_transpose(x, get_variable!("kernel", [3, 3, 8, 3]), [2, 2], Padding::Same)
    }
}

fn main() {}
