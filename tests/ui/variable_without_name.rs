//! `get_variable!` has no name.
use tf::prelude::*;

model! {
    pub VariableWithoutName(x: f32[?, 8]) -> f32[?, 8] {
        x * get_variable!(trainable = false, shape = [8])
    }
}

fn main() {}
