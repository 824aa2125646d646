//! A variable's reads are to be kept on what is no device, and those of a scope's variables too.
//! errors: 2, because each text is examined where it stands.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [3], caching_device = "/job:ps/gpx:1")
}

model! {
    pub Affine(x: f32[?, 3]) -> f32[?, 3] {
        with variable_scope("first", caching_device = "/cpu:first") { scale(x) }
    }
}

fn main() {}
