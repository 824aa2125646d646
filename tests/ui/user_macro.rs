//! An operation is called inside a macro of the user's.
use tf::prelude::*;

macro_rules! act {
    ($x:expr) => {
        nn::relu($x)
    };
}

#[variable_scope]
fn tower(x: Tensor<f32>) -> Tensor<f32> {
    act!(x)
}

fn main() {}
