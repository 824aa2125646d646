//! A tensor stands where Rust wants to know right away.
use tf::prelude::*;

model! {
    pub TensorAsCondition(x: f32[]) -> f32[] {
        if x > 0.0 { x } else { -x }
    }
}

fn main() {}
