//! A layer with generic parameters calls another with an argument of another type.
//! errors: 2, since only a body without generic parameters can stand in the constant that keeps rustc from examining it twice
use tf::prelude::*;

#[variable_scope]
fn dense<T: Float>(x: Tensor<T>, units: usize) -> Tensor<T> {
    tf::matmul(x, get_variable!("weights", [x.dim(1), units]))
}

#[variable_scope]
fn tower<T: Float>(x: Tensor<T>) -> Tensor<T> {
    nn::relu(dense(x, 1.5))
}

fn main() {}
