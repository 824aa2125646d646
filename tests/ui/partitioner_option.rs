//! A list of parts along every axis is told an axis.
use tf::prelude::*;

model! {
    pub Cut(x: f32[?, 4]) -> f32[?, 6] {
        tf::matmul(x, get_variable!("w", [4, 6], partitioner = tf::slicing_partitioner([1, 2]).axis(1)))
    }
}

fn main() {}
