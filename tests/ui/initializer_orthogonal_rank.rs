//! Orthonormal rows of a variable that has none.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 3]) -> f32[?, 3] {
        x * get_variable!("scale", [3], initializer = tf::orthogonal_initializer(1.0))
    }
}

fn main() {}
