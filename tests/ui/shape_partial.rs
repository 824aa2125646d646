//! A variable's shape has a size that is not known.
use tf::prelude::*;

model! {
    pub Affine(x: f32[?, 3]) -> f32[?, 3] {
        x * get_variable!("scale", [tf::ANY, 3])
    }
}

fn main() {}
