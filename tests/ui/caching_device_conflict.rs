//! A variable is shared with another caching device than it was created with.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 3]) -> f32[?, 3] {
        with variable_scope("scale") as scope {
            let y = x * get_variable!("scale", [3], caching_device = "/cpu:0");
            scope.reuse_variables();
            y * get_variable!("scale", [3], caching_device = "/cpu:1")
        }
    }
}

fn main() {}
