//! An argument of a scope in a model is misspelt.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 3]) -> f32[?, 3] {
        with variable_scope("scale", resue = true) {
            x * get_variable!("scale", [3])
        }
    }
}

fn main() {}
