//! Regularizers, constraints and caching devices, said by variables and by scopes.

use tf::prelude::*;
use tf::{collection, max_norm_constraint, non_neg_constraint};

/// Half the sum of all.
#[variable_scope]
fn penalty(w: Tensor<f32>) -> Tensor<f32> {
    tf::reduce_sum(w, tf::ALL) * 0.5
}

#[variable_scope]
fn settled(x: Tensor<f32>, scale: f64) -> Tensor<f32> {
    let plain = get_variable!("plain", [2]);
    let own = get_variable!("own", [2], regularizer = l1_regularizer(scale), constraint = non_neg_constraint());
    let none = get_variable!("none", [2], regularizer = no_regularizer(), caching_device = "");
    let of_function = get_variable!("function", [2], regularizer = tf::Regularizer::function(penalty));
    x + plain * own + none * of_function
}

/// Nothing that is said of a scope may be left out.
#[variable_scope("part", regularizer = l2_regularizer(0.5), constraint = max_norm_constraint(1.0, 0))]
fn part(x: Tensor<f32>) -> Tensor<f32> {
    let w = get_variable!("w", [2]);
    x + w
}

model! {
    Settled(x: f32[?, 2]) -> f32[?, 2] {
        with variable_scope("s", regularizer = l1_l2_regularizer(0.5, 0.25), caching_device = "/cpu:0") {
            part(settled(x, 0.1))
        }
    }
}

#[test]
fn what_is_said_of_variables_holds_in_both_worlds() {
    let model = agree!(Settled);
    let graph = model.instance().graph();
    let losses = graph.collection::<Tensor<f32>>(collection::REGULARIZATION_LOSSES);
    let names: Vec<_> = losses.iter().map(|loss| graph.name_of(*loss).unwrap()).collect();
    let want = [
        "s/plain/Regularizer/l1_l2_regularizer",
        "s/own/Regularizer/l1_regularizer",
        "s/part/w/Regularizer/l2_regularizer",
    ];
    assert_eq!([&names[0], &names[1], &names[3]], want);
    assert!(names[2].starts_with("s/function/Regularizer/"), "{names:?}");
    let found = graph.variables();
    let devices: Vec<_> = found.iter().map(|v| v.settings.caching_device).collect();
    assert_eq!(devices, [Some("/cpu:0"), Some("/cpu:0"), None, Some("/cpu:0"), Some("/cpu:0")]);
    let constrained: Vec<_> = found.iter().map(|v| v.settings.constraint.is_some()).collect();
    assert_eq!(constrained, [false, true, false, false, true]);
}

/// Sharing leaves the settings out, or repeats them.
#[variable_scope]
fn shared(x: Tensor<f32>) -> Tensor<f32> {
    let w = get_variable!("w", [2], regularizer = l2_regularizer(0.5), validate_shape = true);
    x * w
}

model! {
    SharedSettings(x: f32[?, 2]) -> f32[?, 2] {
        with variable_scope("s", reuse = AUTO_REUSE) {
            let y = shared(shared(x));
            y + get_variable!("w", [2])
        }
    }
}

#[test]
fn a_shared_variable_has_one_loss() {
    let model = agree!(SharedSettings);
    let losses = model.instance().graph().collection::<Tensor<f32>>(collection::REGULARIZATION_LOSSES);
    assert_eq!(losses.len(), 1);
}

/// Its reads are kept where the caller says.
#[variable_scope]
fn kept(x: Tensor<f32>, near: &'static str) -> Tensor<f32> {
    let w = get_variable!("w", [2], initializer = ones_initializer(), caching_device = near);
    x * w + w
}

model! {
    Kept(x: f32[?, 2]) -> f32[?, 2] {
        with variable_scope("s", reuse = AUTO_REUSE) { kept(kept(x, "/cpu:0"), "/cpu:0") }
    }
}

model! {
    KeptToo reuse Kept(x: f32[?, 2]) -> f32[?, 2] {
        with variable_scope("s") { kept(x, "/cpu:0") }
    }
}

#[test]
fn reads_kept_on_a_device_agree_in_both_worlds() {
    let model = agree!(Kept);
    let other = KeptToo::sharing(&model).unwrap();
    crate::agreement::hold_sharing(&known!(KeptToo), other.instance());
    for graph in [model.instance().graph(), other.instance().graph()] {
        let reads: Vec<_> = graph.op_names().into_iter().filter(|name| name.contains("Read")).collect();
        assert_eq!(reads, ["s/w/Read/ReadVariableOp", "s/w/Read/Identity"], "one read for all uses");
    }
    model.set("s/w", &ndarray::arr1(&[2.0f32, 3.0]).into_dyn()).unwrap();
    assert_eq!(other.run(&ndarray::arr2(&[[1.0, 10.0]])).unwrap(), ndarray::arr2(&[[4.0, 33.0]]));
}
