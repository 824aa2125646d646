//! A variable is shared with another initializer than it was created with.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 3]) -> f32[?, 3] {
        with variable_scope("scale") as scope {
            let y = x * get_variable!("scale", [3], initializer = ones_initializer());
            scope.reuse_variables();
            y * get_variable!("scale", [3], initializer = zeros_initializer())
        }
    }
}

fn main() {}
