//! An orthonormal filter with more inputs than outputs.
use tf::prelude::*;

model! {
    pub Filter(x: f32[?, 8, 8, 4]) -> f32[?, 8, 8, 2] {
        let filter = get_variable!("filter", [3, 3, 4, 2], initializer = tf::delta_orthogonal_initializer(1.0));
        nn::conv2d(x, filter, [1, 1], Padding::Same)
    }
}

fn main() {}
