//! A model has ten mistakes: eight are shown, and the last says how many there are beyond.
//! errors: 8, one for each mistake that is shown
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>, size: usize) -> Tensor<f32> {
    x * get_variable!("scale", [size])
}

model! {
    pub Scales(x: f32[?, 3]) -> f32[?, 3] {
        let mut y = x;
        for i in 0..10 {
            let z = variable_scope!("scale{i}", { scale(x, 4 + i) });
            y = y + z;
        }
        y
    }
}

fn main() {}
