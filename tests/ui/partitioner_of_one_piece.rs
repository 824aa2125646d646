//! A variable that was created in one piece is shared in parts.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        with variable_scope("scale") as scope {
            let y = x * get_variable!("scale", [4]);
            scope.reuse_variables();
            y * get_variable!("scale", [4], partitioner = tf::fixed_size_partitioner(2))
        }
    }
}

fn main() {}
