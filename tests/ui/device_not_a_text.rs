//! A layer names a device by a value that is no text, which rustc cannot read.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>, on: &tf::DeviceSpec) -> Tensor<f32> {
    device!(on, { x * get_variable!("scale", [3]) })
}

fn main() {}
