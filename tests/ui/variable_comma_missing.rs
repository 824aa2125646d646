//! Between the name and the shape of a variable there is no comma.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 8]) -> f32[?, 8] {
        x * get_variable!("scale" [8])
    }
}

fn main() {}
