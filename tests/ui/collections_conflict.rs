//! A variable is shared with other collections than it was created in.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 3]) -> f32[?, 3] {
        with variable_scope("scale") as scope {
            let y = x * get_variable!("scale", [3]);
            scope.reuse_variables();
            y * get_variable!("scale", [3], collections = [tf::collection::LOCAL_VARIABLES])
        }
    }
}

fn main() {}
