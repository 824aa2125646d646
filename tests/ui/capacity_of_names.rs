//! A model composes longer names than its build-time table holds.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [3])
}

model! {
    #[capacity(8)]
    pub Scales(x: f32[?, 3]) -> f32[?, 3] {
        let mut y = x;
        for i in 0..3 {
            y = variable_scope!("the_scale_of_the_part_of_the_model_whose_number_is_{i}", { scale(y) });
        }
        y
    }
}

fn main() {}
