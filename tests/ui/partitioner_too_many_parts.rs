//! A variable is cut into more parts than it has rows.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        x * get_variable!("scale", [1, 4], partitioner = tf::slicing_partitioner([2, 1]))
    }
}

fn main() {}
