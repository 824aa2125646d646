//! A variable is cut along an axis that it does not have.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        x * get_variable!("scale", [1, 4], partitioner = tf::fixed_size_partitioner(2).axis(2))
    }
}

fn main() {}
