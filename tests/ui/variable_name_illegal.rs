//! A variable has a name that is none.
use tf::prelude::*;

model! {
    pub Affine(x: f32[?, 3]) -> f32[?, 3] {
        x * get_variable!("scale:0", [3])
    }
}

fn main() {}
