//! Three channels do not fall into two groups.
use tf::layers::*;
use tf::prelude::*;

model! {
    pub Model(x: f32[?, 9, 9, 3]) -> f32[?, 7, 7, 8] {
        conv2d(x, Conv2d::new(8, [3, 3]).groups(2))
    }
}

fn main() {}
