//! A checked model calls a layer that is left to the graph.
use tf::prelude::*;

#[variable_scope(dynamic)]
fn tower(x: Tensor<f32>, widths: &[usize]) -> Tensor<f32> {
    widths.iter().fold(x, |x, width| {
        variable_scope!("dense{width}", { tf::matmul(x, get_variable!("weights", [x.dim(1), *width])) })
    })
}

#[variable_scope]
fn classifier(x: Tensor<f32>) -> Tensor<f32> {
    nn::relu(tower(x, &[16, 8]))
}

model! {
    pub Classifier(x: f32[?, 32]) -> f32[?, 8] {
        classifier(x)
    }
}

fn main() {}
