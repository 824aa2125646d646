//! The parts that a function cuts a variable into are asked for in a checked layer.
use tf::prelude::*;

fn halves(_: &[usize], _: tf::DType) -> Vec<usize> {
    vec![2]
}

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        let scale = get_variable!("scale", [8], partitioner = tf::Partitioner::function(halves));
        x * scale.part(0)
    }
}

fn main() {}
