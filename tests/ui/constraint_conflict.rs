//! A variable is shared with a constraint that it was not created with.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 3]) -> f32[?, 3] {
        with variable_scope("scale") as scope {
            let y = x * get_variable!("scale", [3]);
            scope.reuse_variables();
            y * get_variable!("scale", [3], constraint = tf::non_neg_constraint())
        }
    }
}

fn main() {}
