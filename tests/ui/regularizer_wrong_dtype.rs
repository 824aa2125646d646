//! The scope's regularizer meets a variable of integers.
use tf::prelude::*;

model! {
    pub Count(x: f32[?, 3]) -> f32[?, 3] {
        with variable_scope("part", regularizer = l2_regularizer(0.01)) {
            let count = get_variable!("count", [], dtype = i32);
            x * count.cast::<f32>()
        }
    }
}

fn main() {}
