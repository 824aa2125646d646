//! A part is asked for that a variable does not have.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        let scale = get_variable!("scale", [8], partitioner = tf::fixed_size_partitioner(2));
        x * scale.part(2)
    }
}

fn main() {}
