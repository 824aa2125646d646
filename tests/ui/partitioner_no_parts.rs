//! A variable is cut into no parts.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        x * get_variable!("scale", [1, 4], partitioner = tf::fixed_size_partitioner(0))
    }
}

fn main() {}
