//! No length is within the bounds of a constraint.
use tf::prelude::*;

model! {
    pub Bounded(x: f32[?, 3]) -> f32[?, 3] {
        x * get_variable!("scale", [3], constraint = tf::min_max_norm_constraint(2.0, 1.0, 1.0, 0))
    }
}

fn main() {}
