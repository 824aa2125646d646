//! Generic layers and models: over sizes, over element types, with bounds and turbofish.

use layers::dense;
use tf::prelude::*;

#[variable_scope]
fn square<T>(x: Tensor<T>) -> Tensor<T>
where
    T: Float,
{
    let w = get_variable!("w", [x.dim(1), x.dim(1)]);
    nn::relu(tf::matmul(x, w))
}

#[variable_scope]
fn widened<const BY: usize, T: Float>(x: Tensor<T>) -> Tensor<T> {
    let w = get_variable!("wide", [x.dim(1), x.dim(1) * BY]);
    tf::matmul(x, w)
}

/// The element type of one variable follows from the other's.
#[variable_scope]
fn residual<T: Float>(x: Tensor<T>) -> Tensor<T> {
    let gain = get_variable!("gain", [], initializer = ones_initializer());
    x + x * gain
}

model! {
    Turbofish(x: f32[?, 3], y: f64[?, 3]) -> (f32[?, 10], f64[?, 6]) {
        let a = with variable_scope("single") { widened::<2, _>(square(x)) };
        let a = with variable_scope("block") { dense::<{ 4 * 2 }, f32>(a) };
        let a = with variable_scope("inferred") { layers::dense::<10, _>(a) };
        let b = with variable_scope("double") { residual(widened::<2, f64>(square::<f64>(y))) };
        (a, b)
    }
}

#[test]
fn generic_layers_are_followed() {
    agree!(Turbofish);
    let of = |name: &str| Turbofish::VARIABLES.iter().find(|v| v.name == name).map(|v| v.spec.to_string());
    assert_eq!(of("single/w").as_deref(), Some("f32[3, 3]"));
    assert_eq!(of("double/gain").as_deref(), Some("f64[]"));
    assert_eq!(of("block/kernel").as_deref(), Some("f32[6, 8]"));
}

const DOUBLE: usize = 2;

model! {
    /// Checked for each of the listed instances by `cargo check`.
    Generic<const C: usize, T: Float>(x: T[batch, C]) -> (T[batch, C], T[batch, { C * DOUBLE }]) where T: Number {
        with variable_scope("g") {
            let y = square(x);
            (y, widened::<DOUBLE, T>(y))
        }
    }
    check Generic<1, f32>, Generic<3, f64>;
}

// A constant that names an instance is a check too.
const _: () = assert!(Generic::<4, f32>::PARAMETERS == 16 + 32);

#[test]
fn each_instance_of_a_generic_model_has_its_own_constants() {
    agree!(Generic<3, f64>);
    agree!(Generic<5, f32>);
    assert_eq!((Generic::<3, f64>::PARAMETERS, Generic::<5, f32>::PARAMETERS), (27, 75));
    assert_eq!(Generic::<3, f64>::VARIABLES[0].spec.to_string(), "f64[3, 3]");
}

model! {
    OfType<E: Float>(x: E[?, 2]) -> E[?, 2] { square(x) }
}

#[test]
fn a_model_may_be_generic_over_its_type_alone() {
    let single = agree!(OfType<f32>);
    let double = agree!(OfType<f64>);
    let w = ndarray::arr2(&[[1.0, -1.0], [0.0, 2.0]]).into_dyn();
    single.set("w", &w.mapv(|x| x as f32)).unwrap();
    double.set("w", &w).unwrap();
    let x = ndarray::arr2(&[[1.0, 1.0]]);
    assert_eq!(double.run(&x).unwrap(), ndarray::arr2(&[[1.0, 1.0]]));
    assert_eq!(single.run(&x.mapv(|x| x as f32)).unwrap(), ndarray::arr2(&[[1.0, 1.0]]));
}
