//! The padding of a transposed convolution cuts off all that there is.
use tf::prelude::*;

model! {
    pub Model(x: f32[?, 1, 1, 8]) -> f32[?, 1, 1, 3] {
        nn::conv2d_transpose(x, get_variable!("kernel", [3, 3, 3, 8]), [1, 1], Padding::Explicit([[2, 1], [1, 1]]))
    }
}

fn main() {}
