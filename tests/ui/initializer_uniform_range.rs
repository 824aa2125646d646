//! Integers are drawn from a range of fractions.
use tf::prelude::*;

model! {
    pub Count(x: f32[?, 3]) -> f32[?, 3] {
        let count = get_variable!("count", [3], dtype = i32, initializer = random_uniform_initializer(0.0, 0.5));
        x * count.cast::<f32>()
    }
}

fn main() {}
