//! A variable whose shape is not known is cut into parts.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        let seen = get_variable!("seen", initializer = x, validate_shape = false, partitioner = tf::fixed_size_partitioner(2));
        x * seen
    }
}

fn main() {}
