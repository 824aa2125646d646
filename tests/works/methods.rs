//! Methods of tensors, variables and numbers, and operators between all of them.

use tf::prelude::*;

/// The list of the macros, which core's own must equal.
#[path = "../../tf-macros/src/methods.rs"]
mod followed;

#[test]
fn both_worlds_know_the_same_methods() {
    assert_eq!(followed::METHODS, tf::evaluate::METHODS);
    for function in followed::NUMBER_FUNCTIONS {
        assert!(followed::METHODS.contains(function), "{function} is followed as a method");
    }
    assert!(followed::WITHOUT_ARGUMENTS.iter().all(|method| followed::METHODS.contains(method)));
}

#[variable_scope]
fn chained(x: Tensor<f32>) -> Tensor<f32> {
    let w = get_variable!("w", [x.dim(1), 4]);
    let y = tf::matmul(x, w).relu().abs().sqrt();
    let turned = y.reshape([tf::ANY, 2, 2]).transpose([0, 2, 1]).reshape([tf::ANY, 4]);
    let wide = turned.cast::<f64>() * 2.0;
    let back = wide.cast::<f32>();
    back + w.value().reshape([2, 4]).dim(1) as f32
}

/// Operators between tensors, variables, references and numbers, on either side.
#[variable_scope]
fn operators(x: Tensor<f32>) -> Tensor<f32> {
    let v = get_variable!("v", [4], initializer = ones_initializer());
    let by_reference = &x;
    let a = x + v - v * 2.0 + 1.0 / (v + 2.0);
    let b = -v + a % 3.0;
    let c = *by_reference * b;
    let mut d = c;
    d += v;
    d *= 2.0;
    d -= by_reference.relu();
    d /= 4.0;
    tf::maximum(d, 0.0) + tf::minimum(v, x)
}

/// Numbers of several types, as `const` Rust has them.
#[variable_scope]
fn numbers(x: Tensor<f32>) -> Tensor<f32> {
    let a = (3i32 - 5).abs();
    let a = a as usize;
    let b = 2.0f64.powi(3) as usize;
    let c = (a as f32).clamp(0.0, 1.0).min(0.5);
    let d = -(a as i64) + 7;
    let e = !0u8 as usize / 64;
    tf::matmul(x, get_variable!("n", [4, a + b + d as usize + e])) * c
}

model! {
    Methods(x: f32[?, 2]) -> f32[?, 18] { numbers(operators(chained(x))) }
}

#[test]
fn methods_and_operators_are_followed() {
    agree!(Methods);
    assert_eq!(Methods::VARIABLES[2].spec.shape.to_string(), "[4, 18]");
}
