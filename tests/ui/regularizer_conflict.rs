//! A variable is shared with another regularizer than it was created with.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 3]) -> f32[?, 3] {
        with variable_scope("scale") as scope {
            let y = x * get_variable!("scale", [3], regularizer = l2_regularizer(0.01));
            scope.reuse_variables();
            y * get_variable!("scale", [3], regularizer = l2_regularizer(0.02))
        }
    }
}

fn main() {}
