//! A scope reuses, and one of the variables asked for in it was never created.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        with variable_scope("norm") as scope {
            let scale = get_variable!("scale", [4]);
            scope.reuse_variables();
            let offset = get_variable!("offset", [4]);
            x * scale + offset
        }
    }
}

fn main() {}
