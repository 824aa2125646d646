//! Rows of a variable in parts are changed as if it were in one piece.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        let seen = get_variable!("seen", [8], partitioner = tf::fixed_size_partitioner(2));
        let changed = seen.scatter_add(tf::constant([0]), tf::constant([1.0f32]));
        x * tf::reduce_sum(changed, tf::ALL)
    }
}

fn main() {}
