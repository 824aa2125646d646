//! A slice of a variable in parts is assigned to.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        let seen = get_variable!("seen", [8], partitioner = tf::fixed_size_partitioner(2));
        let changed = seen.slice([0], [2]).assign(1.0);
        x * tf::reduce_sum(changed, tf::ALL)
    }
}

fn main() {}
