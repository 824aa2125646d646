//! A variable has no shape, and the layer asks for its sizes: one mistake, since the rest follows from it.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    let scale = get_variable!("scale");
    let width = scale.dim(0);
    x * scale + get_variable!("shift", [width * 2])
}

model! {
    pub Affine(x: f32[?, 3]) -> f32[?, 3] {
        scale(x)
    }
}

fn main() {}
