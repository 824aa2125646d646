//! A part of a new variable has the name of a variable that exists.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        let y = x * get_variable!("scale/part_1", [4]);
        y * get_variable!("scale", [4], partitioner = tf::fixed_size_partitioner(2))
    }
}

fn main() {}
