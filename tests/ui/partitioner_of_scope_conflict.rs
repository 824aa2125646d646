//! A scope opened again cuts variables otherwise than the first time.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        let y = with variable_scope("scale", partitioner = tf::fixed_size_partitioner(2)) {
            x * get_variable!("scale", [4])
        };
        with variable_scope("scale", reuse = true, partitioner = tf::fixed_size_partitioner(4)) {
            y * get_variable!("scale", [4])
        }
    }
}

fn main() {}
