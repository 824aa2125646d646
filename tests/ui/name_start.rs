//! A name outside every scope starts with a character that only an inner name may start with.
use tf::prelude::*;

model! {
    pub Affine(x: f32[?, 3]) -> f32[?, 3] {
        x * get_variable!("_scale", [3])
    }
}

fn main() {}
