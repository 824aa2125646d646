//! The function of an initializer yields another element type than the variable's.
use tf::prelude::*;

fn ones(shape: &[usize]) -> Vec<f64> {
    vec![1.0; shape[0]]
}

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [3], initializer = tf::function_initializer(ones))
}

model! {
    pub Scale(x: f32[?, 3]) -> f32[?, 3] {
        scale(x)
    }
}

fn main() {}
