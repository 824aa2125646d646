//! Variables of their own, which no scope shares.

use tf::prelude::*;

#[variable_scope]
fn unshared(x: Tensor<f32>, size: usize) -> Tensor<f32> {
    let own = new_variable!("own", [size], initializer = ones_initializer(), trainable = false);
    let of_tensor = new_variable!("of_tensor", initializer = tf::constant([0.5f32, 2.0]));
    let shared = get_variable!("shared", [size]);
    x * own + of_tensor * shared
}

model! {
    Unshared(x: f32[?, 2]) -> f32[?, 2] {
        with variable_scope("a", reuse = AUTO_REUSE, regularizer = l2_regularizer(0.5)) { unshared(x, 2) }
    }
}

#[test]
fn an_unshared_variable_is_in_both_worlds() {
    let model = agree!(Unshared);
    assert_eq!(names!(Unshared), ["a/own", "a/of_tensor", "a/shared"]);
    assert_eq!(model.get::<f32>("a/of_tensor").unwrap(), ndarray::arr1(&[0.5, 2.0]).into_dyn());
    // The scope's regularizer is for shared variables.
    let losses = model.instance().graph().collection::<Tensor<f32>>(collection::REGULARIZATION_LOSSES);
    assert_eq!(losses.len(), 1);
}

model! {
    Twice(x: f32[?, 2]) -> f32[?, 2] {
        with variable_scope("a", reuse = AUTO_REUSE) { unshared(unshared(x, 2), 2) }
    }
}

#[test]
fn what_is_shared_is_made_once_and_what_is_not_at_each_call() {
    assert_eq!((Twice::PARAMETERS, Twice::VARIABLES.len()), (10, 5));
    let twice = Twice::init(1).unwrap();
    let names: Vec<String> = twice.instance().graph().variables().into_iter().map(|v| v.name).collect();
    assert_eq!(names, ["a/own", "a/of_tensor", "a/shared", "a/own_1", "a/of_tensor_1"]);
}
