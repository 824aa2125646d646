//! Parts are to hold no bytes.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        x * get_variable!("scale", [1, 4], partitioner = tf::variable_axis_size_partitioner(0))
    }
}

fn main() {}
