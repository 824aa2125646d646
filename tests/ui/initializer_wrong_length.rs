//! An initializer lists another number of values than the variable has elements.
use tf::prelude::*;

model! {
    pub Affine(x: f32[?, 3]) -> f32[?, 3] {
        x * get_variable!("scale", [3], initializer = constant_initializer(&[1.0, 2.0]))
    }
}

fn main() {}
