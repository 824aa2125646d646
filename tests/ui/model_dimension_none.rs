//! A dimension of any size is written as in Python.
use tf::prelude::*;

model! {
    pub Scale(x: f32[None, 4]) -> f32[?, 4] {
        x * get_variable!("scale", [4])
    }
}

fn main() {}
