//! A variable has sizes that a dimension can have, and more elements than memory.
use tf::prelude::*;

model! {
    pub TooLarge(x: f32[?, 3]) -> f32[?, 3] {
        x * tf::reduce_sum(get_variable!("scale", [4_000_000_000, 4_000_000_000]), [0, 1])
    }
}

fn main() {}
