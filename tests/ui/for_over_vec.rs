//! A loop goes through a `Vec` that a layer gets in a struct.
use tf::prelude::*;

struct Config {
    widths: Vec<usize>,
}

#[variable_scope]
fn scale(mut x: Tensor<f32>, config: &Config) -> Tensor<f32> {
    for width in &config.widths {
        x = variable_scope!("scale{width}", { x * get_variable!("scale", [*width]) });
    }
    x
}

fn main() {}
