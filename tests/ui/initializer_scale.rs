//! The variance of an initializer is not above zero.
use tf::prelude::*;
use tf::{Distribution, FanMode};

model! {
    pub Scale(x: f32[?, 3]) -> f32[?, 3] {
        let initializer = variance_scaling_initializer(0.0, FanMode::FanIn, Distribution::Uniform);
        x * get_variable!("scale", [3], initializer = initializer)
    }
}

fn main() {}
