//! A variable is larger than a tensor can be.
use tf::prelude::*;

model! {
    pub SizeLimit(x: f32[?, 3]) -> f32[?, 3] {
        x * get_variable!("scale", [1 << 40, 3])
    }
}

fn main() {}
