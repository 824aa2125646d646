//! A variable is put into nine collections.
use tf::prelude::*;

model! {
    pub CollectionsTooMany(x: f32[?, 8]) -> f32[?, 8] {
        x * get_variable!("scale", [8], collections = ["a", "b", "c", "d", "e", "f", "g", "h", "i"])
    }
}

fn main() {}
