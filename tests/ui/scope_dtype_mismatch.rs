//! A scope says what type its variables have, and one of them has another.
use tf::prelude::*;

model! {
    pub Affine(x: f32[?, 3]) -> f32[?, 3] {
        with variable_scope("precise", dtype = f64) {
            x * get_variable!("scale", [3])
        }
    }
}

fn main() {}
