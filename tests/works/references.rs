//! References and lifetimes: tensors, sizes and variables by reference.

use crate::bindings::conv;
use tf::prelude::*;

#[variable_scope]
fn by_reference(x: &Tensor<f32>) -> Tensor<f32> {
    nn::relu(*x) + x
}

#[variable_scope]
fn handed_back<'a>(x: &'a Tensor<f32>, other: &Tensor<f32>) -> &'a Tensor<f32> {
    if other.dim(3) > 100 { x } else { &*x }
}

#[variable_scope]
fn elided(x: &Tensor<f32>) -> &Tensor<f32> {
    x
}

#[variable_scope]
fn of_widths(x: Tensor<f32>, widths: &[usize]) -> Tensor<f32> {
    let mut y = x;
    for width in widths {
        y = variable_scope!("to{width}", { conv(y, 1, *width) });
    }
    for (i, &width) in widths.iter().enumerate() {
        y = variable_scope!("step{i}", { conv(y, 1, width + widths[0]) });
    }
    y
}

#[variable_scope]
fn variables_by_reference(x: Tensor<f32>, w: &Variable<f32>, b: &Variable<f32>) -> Tensor<f32> {
    let y = tf::matmul(x.reshape([tf::ANY, 4]), w) + b;
    let scaled = b * 2.0 - 1.0 / (b * b + &(2.0 * b));
    &y + scaled * b - b / &y
}

model! {
    References(image: f32[?, 2, 2, 1]) -> f32[?, 5] {
        let x = by_reference(&image);
        let x = *elided(handed_back(&x, &image));
        let x = of_widths(x, &[2, 3]);
        let x = with variable_scope("one") { conv(x, 1, 1) };
        let w = get_variable!("w", &[4, 5]);
        let b = get_variable!("b", [5], initializer = zeros_initializer());
        variables_by_reference(x, &w, &b)
    }
}

#[test]
fn references_are_followed() {
    agree!(References);
    assert_eq!(
        names!(References),
        ["to2/kernel", "to3/kernel", "step0/kernel", "step1/kernel", "one/kernel", "w", "b"]
    );
    let depths: Vec<_> = References::VARIABLES[..5].iter().map(|v| v.spec.shape.size(3)).collect();
    assert_eq!(depths, [2, 3, 4, 5, 1].map(Some));
}
