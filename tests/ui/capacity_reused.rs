//! A model whose table is too small for the variables of the one that it reuses.
use tf::prelude::*;

#[variable_scope]
fn scales(x: Tensor<f32>) -> Tensor<f32> {
    let mut y = x;
    for i in 0..6 {
        y = y * get_variable!("scale{i}", [3]);
    }
    y
}

model! {
    pub Train(x: f32[?, 3]) -> f32[?, 3] {
        scales(x)
    }
}

model! {
    #[capacity(4)]
    pub Evaluate reuse Train(x: f32[?, 3]) -> f32[?, 3] {
        scales(x)
    }
}

fn main() {}
