//! A layer calls a method of the user's that is no `const fn`.
use tf::prelude::*;

pub struct Config {
    width: usize,
}

impl Config {
    fn units(&self) -> usize {
        self.width * 2
    }
}

#[variable_scope]
fn dense(x: Tensor<f32>, config: &Config) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [x.dim(1), config.units()]))
}

fn main() {}
