//! Two variables have names that differ in case alone.
use tf::prelude::*;

model! {
    pub Affine(x: f32[?, 3]) -> f32[?, 3] {
        let scale = get_variable!("w", [3]);
        let offset = get_variable!("W", [3]);
        x * scale + offset
    }
}

fn main() {}
