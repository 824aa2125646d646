//! What is assigned to a slice of a variable does not fill it (U17).
use tf::prelude::*;

model! {
    pub SliceAssignment(x: f32[3, 4]) -> f32[6, 4] {
        let memory: Variable<f32> = get_variable!("memory", [6, 4], trainable = false);
        memory.slice([2, 0], [2, tf::ANY]).assign(x)
    }
}

fn main() {}
