//! `variable_scope!` has no name.
use tf::prelude::*;

model! {
    pub ScopeWithoutName(x: f32[?, 8]) -> f32[?, 8] {
        variable_scope!(reuse = true, { x * get_variable!("scale", [8]) })
    }
}

fn main() {}
