//! A variable of floats does not count (U15).
use tf::prelude::*;

fn numbered() -> Tensor<f32> {
    let step: Variable<f32> = get_variable!("step", []);
    step.count_up_to(10.0)
}

fn main() {}
