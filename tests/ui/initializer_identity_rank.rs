//! The identity of a variable that is no matrix.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 3]) -> f32[?, 3] {
        x * get_variable!("scale", [3], initializer = tf::identity_initializer(1.0))
    }
}

fn main() {}
