//! The body of a model ends with a semicolon.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        x * get_variable!("scale", [4]);
    }
}

fn main() {}
