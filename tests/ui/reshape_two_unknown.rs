//! Two sizes of a new shape are left open.
use tf::prelude::*;

model! {
    pub ReshapeTwoUnknown(x: f32[4, 8]) -> f32[?, ?] {
        tf::reshape(x, [tf::ANY, tf::ANY])
    }
}

fn main() {}
