//! A model has more parameters than it may.
use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>, units: usize) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [x.dim(1), units]))
}

model! {
    pub Digits(images: f32[?, 784]) -> f32[?, 100] {
        dense(images, 100)
    }
}

const _: () = assert!(Digits::PARAMETERS <= 10_000, "`Digits` has to fit into the sensor's memory");

fn main() {}
