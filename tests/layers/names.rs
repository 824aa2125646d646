//! Programs of layers: which variables there are afterwards, or the mistake (L1 to L5, L7).

use crate::recorded::{cases, text, texts, variable};
use tf::layers::*;
use tf::prelude::*;
use tf::{scope, variable_scope};

fn plain(x: Tensor<f32>) {
    dense(x, Dense::new(3));
}

fn named(x: Tensor<f32>) {
    dense(x, Dense::new(3).name("d"));
}

fn run(program: &str, x: Tensor<f32>) {
    match program {
        "twice_unnamed" => {
            plain(x);
            plain(x);
        }
        "in_scopes" => {
            for _ in 0..2 {
                variable_scope("a", |_| {
                    plain(x);
                    variable_scope("b", |_| plain(x));
                });
                plain(x);
            }
        }
        "same_scope_reused" => {
            variable_scope("s", |_| (plain(x), plain(x)));
            variable_scope(scope("s").reuse(true), |_| (plain(x), plain(x)));
        }
        "one_too_many" => {
            run("same_scope_reused", x);
            variable_scope(scope("s").reuse(true), |_| (plain(x), plain(x), plain(x)));
        }
        "named_twice" => {
            named(x);
            named(x);
        }
        "named_and_reused" => {
            named(x);
            dense(x, Dense::new(3).name("d").reuse(true));
        }
        "reused_with_other_units" => {
            named(x);
            dense(x, Dense::new(4).name("d").reuse(true));
        }
        "reused_without_a_name" => {
            plain(x);
            plain(x);
            dense(x, Dense::new(3).reuse(true));
        }
        "auto_without_a_name" => {
            for _ in 0..2 {
                dense(x, Dense::new(3).reuse(AUTO_REUSE));
            }
            plain(x);
        }
        "auto_scope" => {
            for _ in 0..2 {
                variable_scope(scope("s").reuse(AUTO_REUSE), |_| (plain(x), plain(x), named(x), named(x)));
            }
        }
        "scope_initializer" => variable_scope(scope("s").initializer(ones_initializer()), |_| plain(x)),
        "other_kinds" => {
            let image = x.reshape([1, 3, 4, 1]);
            let _ = (conv2d(image, Conv2d::new(2, [2, 2])), conv2d(image, Conv2d::new(2, [2, 2])));
            conv2d_transpose(image, Conv2dTranspose::new(2, [2, 2]));
            separable_conv2d(image, SeparableConv2d::new(2, [2, 2]));
            for _ in 0..2 {
                batch_normalization(x, BatchNormalization::new());
            }
        }
        "cells_in_scopes" => {
            for direction in ["forward", "backward"] {
                variable_scope(direction, |_| lstm([x, x], None, BasicLstmCell::new(2)));
            }
        }
        "cells_twice" => {
            for _ in 0..2 {
                lstm([x, x], None, BasicLstmCell::new(2));
            }
        }
        other => panic!("no program `{other}`"),
    }
}

#[test]
fn l1_l2_l3_l4_l5_layers_are_named_and_shared_as_tensorflows_are() -> tf::Result<()> {
    let programs = cases("names");
    assert!(programs.len() >= 14);
    for case in &programs {
        let (program, wanted) = (text(case, "program"), texts(case, "variables"));
        let graph = Graph::new();
        let built = graph.build(|| run(program, tf::placeholder("x", [3, 4])));
        let code = match case["error"].as_str() {
            None => None,
            Some("exists") => Some("E-EXISTS"),
            Some("missing") => Some("E-REUSE-MISSING"),
            Some("shape") => Some("E-SHARE-SHAPE"),
            Some(other) => panic!("no error `{other}`"),
        };
        assert_eq!(built.as_ref().err().map(tf::Error::code), code, "{program}");
        if built.is_ok() {
            let names: Vec<String> = graph.variables().into_iter().map(|v| v.name).collect();
            assert_eq!(names, wanted, "{program}");
        }
    }
    Ok(())
}

#[test]
fn l1_the_scopes_initializer_is_for_the_kernel_alone() -> tf::Result<()> {
    let graph = Graph::new();
    graph.build(|| run("scope_initializer", tf::placeholder("x", [3, 4])))?;
    let session = Session::new(&graph)?;
    session.initialize()?;
    assert!(variable(&session, "s/dense/kernel")?.iter().all(|&w| w == 1.0));
    assert!(variable(&session, "s/dense/bias")?.iter().all(|&b| b == 0.0));
    Ok(())
}

#[test]
fn l6_l10_ops_go_to_the_name_scope_of_the_layers_own_scope() -> tf::Result<()> {
    let graph = Graph::new();
    let (in_scopes, first, second) = graph.build(|| {
        let x = tf::placeholder::<f32, _>("x", [3, 4]);
        let in_scopes = tf::name_scope("ns", || variable_scope("a", |_| dense(x, Dense::new(3).name("d"))));
        let first = dense(x, Dense::new(3).name("e"));
        (in_scopes, first, dense(x, Dense::new(3).name("e").reuse(true)))
    })?;
    let name = |y| graph.name_of(y).expect("an op of this graph");
    assert_eq!(name(in_scopes), "ns/a/d/BiasAdd");
    assert_eq!((name(first), name(second)), ("e/BiasAdd".into(), "e_1/BiasAdd".into()));
    let names: Vec<String> = graph.variables().into_iter().map(|v| v.name).collect();
    assert_eq!(names, ["a/d/kernel", "a/d/bias", "e/kernel", "e/bias"]);
    Ok(())
}

#[test]
fn a_layer_says_where_it_was_called() {
    let refused = Graph::new().build(|| run("named_twice", tf::placeholder("x", [3, 4]))).unwrap_err();
    assert_eq!(refused.location().map(|at| at.file()), Some(file!()), "the user's own file: {refused}");
    assert!(refused.to_string().contains(&format!("first created by an earlier call, at {}", file!())), "{refused}");
}

#[test]
fn l7_a_configured_layer_has_no_variables_of_its_own() -> tf::Result<()> {
    let graph = Graph::new();
    let options = Dense::new(3);
    graph.build(|| {
        let x = tf::placeholder::<f32, _>("x", [3, 4]);
        (dense(x, options), dense(x, options))
    })?;
    let kernels: Vec<String> = graph.variables().into_iter().map(|v| v.name).step_by(2).collect();
    assert_eq!(kernels, ["dense/kernel", "dense_1/kernel"]);
    Ok(())
}

#[test]
fn l8_the_scopes_regularizer_is_for_kernel_and_bias_and_a_layers_own_wins() -> tf::Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        let x = tf::placeholder::<f32, _>("x", [3, 4]);
        variable_scope(scope("s").regularizer(tf::l2_regularizer(0.1)), |_| {
            dense(x, Dense::new(3).name("both"));
            dense(x, Dense::new(3).name("one").bias_regularizer(tf::no_regularizer()));
        });
        dense(x, Dense::new(3).name("own").kernel_regularizer(tf::l1_regularizer(0.1)));
    })?;
    let losses: Vec<Tensor<f32>> = graph.collection(tf::collection::REGULARIZATION_LOSSES);
    let names: Vec<String> = losses.iter().map(|&loss| graph.name_of(loss).expect("an op of this graph")).collect();
    let of = |variable: &str, kind: &str| format!("{variable}/Regularizer/{kind}_regularizer");
    assert_eq!(
        names,
        [of("s/both/kernel", "l2"), of("s/both/bias", "l2"), of("s/one/kernel", "l2"), of("own/kernel", "l1"),]
    );
    Ok(())
}
