//! Two layers of one name, of which the second does not ask to share (L2).
use tf::layers::*;
use tf::prelude::*;

model! {
    pub Model(x: f32[?, 8]) -> f32[?, 8] {
        dense(dense(x, Dense::new(8).name("d")), Dense::new(8).name("d"))
    }
}

fn main() {}
