//! A variable is shared with another element type than it was created with.
use tf::prelude::*;

model! {
    pub Counter(x: f32[?, 3]) -> (f32[?, 3], i32[3]) {
        let mean = with variable_scope("statistics") { get_variable!("mean", [3], dtype = f32) };
        let count = with variable_scope("statistics", reuse = true) { get_variable!("mean", [3], dtype = i32) };
        (x - mean, count.value())
    }
}

fn main() {}
