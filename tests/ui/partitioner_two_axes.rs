//! A variable is cut along two axes.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        x * tf::reduce_sum(get_variable!("scale", [4, 4], partitioner = tf::slicing_partitioner([2, 2])), 0)
    }
}

fn main() {}
