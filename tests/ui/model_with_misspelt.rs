//! The `with` of a model names another function.
use tf::prelude::*;

model! {
    pub ModelWithMisspelt(x: f32[?, 8]) -> f32[?, 8] {
        with variable_scop("scale") {
            x * get_variable!("scale", [8])
        }
    }
}

fn main() {}
