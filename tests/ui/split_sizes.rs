//! The parts that a tensor is split into are too large together.
use tf::prelude::*;

model! {
    pub SplitSizes(x: f32[?, 8]) -> (f32[?, 6], f32[?, 4]) {
        let [a, b] = tf::split_sizes(x, [6, 4], 1);
        (a, b)
    }
}

fn main() {}
