//! An iterator is kept in a variable, and gone through later.
use tf::prelude::*;

#[variable_scope]
fn scale(mut x: Tensor<f32>, widths: &[usize]) -> Tensor<f32> {
    let all = widths.iter();
    for width in all {
        x = variable_scope!("scale{width}", { x * get_variable!("scale", [*width]) });
    }
    x
}

fn main() {}
