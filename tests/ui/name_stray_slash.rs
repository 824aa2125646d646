//! A name ends with a slash.
use tf::prelude::*;

model! {
    pub Affine(x: f32[?, 3]) -> f32[?, 3] {
        with variable_scope("affine/") { x * get_variable!("scale", [3]) }
    }
}

fn main() {}
