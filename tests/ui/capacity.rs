//! A model has more variables than its build-time table holds.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [3])
}

model! {
    #[capacity(4)]
    pub Scales(x: f32[?, 3]) -> f32[?, 3] {
        let mut y = x;
        for i in 0..9 {
            y = variable_scope!("scale{i}", { scale(y) });
        }
        y
    }
}

fn main() {}
