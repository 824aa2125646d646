//! A layer names a device by a part that there is not.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    device!("/job:ps/gpx:1", { x * get_variable!("scale", [3]) })
}

model! {
    pub Affine(x: f32[?, 3]) -> f32[?, 3] {
        with variable_scope("first") { scale(x) }
    }
}

fn main() {}
