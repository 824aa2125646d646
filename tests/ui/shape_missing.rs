//! A variable has neither a shape nor a tensor as initializer.
use tf::prelude::*;

model! {
    pub Affine(x: f32[?, 3]) -> f32[?, 3] {
        x * get_variable!("scale")
    }
}

fn main() {}
