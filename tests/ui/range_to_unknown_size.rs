//! A loop runs to a size that is not known.
use tf::prelude::*;

#[variable_scope]
fn tower(x: Tensor<f32>) -> Tensor<f32> {
    let [n, _] = x.dims();
    let mut y = x;
    for i in 0..n {
        y = variable_scope!("bias{i}", { y + get_variable!("b", [8]) });
    }
    y
}

model! {
    pub Tower(x: f32[?, 8]) -> f32[?, 8] {
        tower(x)
    }
}

fn main() {}
