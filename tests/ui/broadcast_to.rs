//! A tensor is broadcast to a shape that it does not broadcast to.
use tf::prelude::*;

model! {
    pub BroadcastTo(x: f32[3]) -> f32[4, 2] {
        tf::broadcast_to(x, [4, 2])
    }
}

fn main() {}
