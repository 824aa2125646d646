//! A template is made in a layer, which is one itself.
use tf::prelude::*;

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [3])
}

#[variable_scope]
fn twice(x: Tensor<f32>) -> Tensor<f32> {
    let template = tf::make_template("shared", scale);
    template.call(template.call(x))
}

fn main() {}
