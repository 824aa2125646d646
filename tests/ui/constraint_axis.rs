//! A constraint is about an axis that the variable does not have.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 3]) -> f32[?, 3] {
        x * get_variable!("scale", [3], constraint = tf::unit_norm_constraint(1))
    }
}

fn main() {}
