//! `#[variable_scope]` stands on a method.
use tf::prelude::*;

pub struct Dense {
    units: usize,
}

impl Dense {
    #[variable_scope]
    pub fn layer(&self, x: Tensor<f32>) -> Tensor<f32> {
        tf::matmul(x, get_variable!("weights", [x.dim(1), self.units]))
    }
}

fn main() {}
