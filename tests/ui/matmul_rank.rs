//! A matrix is multiplied by a vector.
use tf::prelude::*;

model! {
    pub MatmulRank(x: f32[?, 8]) -> f32[?] {
        tf::matmul(x, get_variable!("weights", [8]))
    }
}

fn main() {}
