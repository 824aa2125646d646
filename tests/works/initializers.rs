//! Initializers of every kind in layers: drawn matrices, functions, distributions, constants; seeds by name.

use tf::prelude::*;
use tf::{
    Seeds, delta_orthogonal_initializer, distribution_initializer, function_initializer, identity_initializer,
    orthogonal_initializer,
};

/// A plain function: const evaluation does not ask for its values.
fn count(shape: &[usize]) -> Vec<f32> {
    (0..shape.iter().product()).map(|i: usize| i as f32).collect()
}

/// A layer yields a tensor, whose ops are made where the variable is.
#[variable_scope]
fn halves(shape: &[usize]) -> Tensor<f32> {
    tf::ones::<f32, _>(shape) * 0.5
}

#[variable_scope]
fn initialized(x: Tensor<f32>) -> Tensor<f32> {
    let square = get_variable!("square", [4, 4], initializer = orthogonal_initializer(2.0));
    let eye = get_variable!("eye", [4, 4], initializer = identity_initializer(0.5));
    let filter = get_variable!("filter", [3, 3, 1, 2], initializer = delta_orthogonal_initializer(1.0).seed(7));
    let counted = get_variable!("counted", [4], initializer = function_initializer(count));
    let half = get_variable!("half", [4], initializer = function_initializer(halves));
    let drawn = get_variable!("drawn", [4], initializer = distribution_initializer(rand::distr::StandardUniform));
    let table = get_variable!("table", [2, 2], initializer = constant_initializer(&[[1.0, 2.0], [3.0, 4.0]]));
    let flags = get_variable!("flags", [2], dtype = bool, initializer = constant_initializer(&[true, false]));
    let small = get_variable!("small", [2], dtype = u8, initializer = constant_initializer(&[7u8, 9]));
    let used = tf::reduce_sum(filter, tf::ALL) + tf::reduce_sum(table, tf::ALL);
    let used = used + tf::reduce_sum(flags.cast::<f32>() * small.cast::<f32>(), tf::ALL);
    tf::matmul(x, square + eye) + counted * half + drawn * used
}

model! {
    Initialized(x: f32[?, 4]) -> f32[?, 4] { initialized(x) }
}

#[test]
fn initializers_of_every_kind_agree() {
    let model = agree!(Initialized);
    let of = |name: &str| model.get::<f32>(name).unwrap().into_raw_vec_and_offset().0;
    assert_eq!(of("counted"), [0.0, 1.0, 2.0, 3.0]);
    assert_eq!(of("half"), [0.5; 4]);
    assert!(of("drawn").iter().all(|x| (0.0..1.0).contains(x)));
    assert_eq!(of("eye")[..6], [0.5, 0.0, 0.0, 0.0, 0.0, 0.5]);
    assert_eq!(of("filter").iter().filter(|x| **x != 0.0).count(), 2);
    let norm: f32 = of("square").iter().map(|x| x * x).sum();
    assert!((norm - 16.0).abs() < 1e-4, "{norm}");
}

/// One variable, alone and after another.
#[variable_scope]
fn one(x: Tensor<f32>, other: bool) -> Tensor<f32> {
    if other {
        return x * get_variable!("other", [4]) * get_variable!("one", [4]);
    }
    x * get_variable!("one", [4])
}

model! {
    Alone(x: f32[?, 4]) -> f32[?, 4] { one(x, false) }
}
model! {
    After(x: f32[?, 4]) -> f32[?, 4] { one(x, true) }
}

#[test]
fn a_model_may_derive_its_seeds_from_names() {
    let (alone, after) = (Alone::init_with(1, Seeds::ByName).unwrap(), After::init_with(1, Seeds::ByName).unwrap());
    assert_eq!(alone.get::<f32>("one").unwrap(), after.get::<f32>("one").unwrap());
    let (alone, after) = (Alone::init(1).unwrap(), After::init_with(1, Seeds::Counted).unwrap());
    assert_ne!(alone.get::<f32>("one").unwrap(), after.get::<f32>("one").unwrap());
    assert_eq!(alone.get::<f32>("one").unwrap(), after.get::<f32>("other").unwrap());
}
