//! A variable has an empty name.
use tf::prelude::*;

model! {
    pub Affine(x: f32[?, 3]) -> f32[?, 3] {
        x * get_variable!("", [3])
    }
}

fn main() {}
