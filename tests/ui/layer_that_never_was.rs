//! In a scope that reuses, the second layer asks for one that was never made (L4).
use tf::layers::*;
use tf::prelude::*;

model! {
    pub Model(x: f32[?, 8]) -> f32[?, 8] {
        let y = with variable_scope("s") { dense(x, Dense::new(8)) };
        with variable_scope("s", reuse = true) { dense(dense(y, Dense::new(8)), Dense::new(8)) }
    }
}

fn main() {}
