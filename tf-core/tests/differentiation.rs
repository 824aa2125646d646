//! Gradients as nodes of a graph: sums over shared variables, what stops them, names, and mistakes.

mod differences;

use differences::{check, numbers};
use half::f16;
use ndarray::{arr1, arr2};
use proptest::prelude::*;
use tf_core::nn::{self, Padding};
use tf_core::{
    ALL, ANY, AnyVariable, Error, Graph, Session, Shape, Tensor, Variable, VariableOptions, argmax, cast, collection,
    concat, constant, constant_initializer, control_dependencies, custom_gradient, exp, gather, get_collection,
    get_variable, gradients, gradients_or_none, gradients_or_zeros, gradients_with, matmul, name_scope,
    ones_initializer, placeholder, reduce_mean, reduce_prod, reduce_sum, reshape, shape_of, sin, split, square,
    stop_gradient, tanh, transpose, variable_gradients, variable_scope,
};

fn scalar(name: &str, value: f64) -> Variable<f32> {
    get_variable(name, [], VariableOptions::new().initializer(constant_initializer(value)))
}

fn run<T: tf_core::Element>(graph: &Graph, x: Tensor<T>) -> Vec<T> {
    let session = Session::new(graph).unwrap();
    session.initialize().unwrap();
    session.run(x).unwrap().into_raw_vec_and_offset().0
}

fn refused<R>(build: impl FnOnce() -> R) -> Error {
    match Graph::new().build(build) {
        Ok(_) => panic!("a mistake is refused"),
        Err(error) => error,
    }
}

#[test]
fn o16_the_gradients_of_all_uses_of_a_variable_are_summed() {
    let graph = Graph::new();
    let slope = graph
        .build(|| {
            let w = scalar("w", 3.0);
            gradients(w * 2.0 + w * 5.0, w)
        })
        .unwrap();
    assert_eq!(run(&graph, slope), [7.0]);
    assert_eq!(graph.name_of(slope).as_deref(), Some("gradients/AddN"));
}

#[test]
fn o16_a_layer_that_is_reused_has_one_gradient_for_both_uses() {
    let graph = Graph::new();
    let layer = |x: Tensor<f32>| {
        let w = get_variable::<f32, _, _>("w", [2, 1], VariableOptions::new().initializer(ones_initializer()));
        matmul(x, w)
    };
    let (both, each) = graph
        .build(|| {
            let (a, b) = (constant([[1.0, 2.0]]), constant([[10.0, 20.0]]));
            let first = variable_scope("layer", |_| layer(a));
            let second = variable_scope(tf_core::scope("layer").reuse(true), |_| layer(b));
            let w: Variable<f32> = get_collection::<AnyVariable>(collection::TRAINABLE_VARIABLES)[0].typed().unwrap();
            (gradients(first + second, w), (gradients(first, w), gradients(second, w)))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    let (both, (first, second)) = session.run((both, each)).unwrap();
    assert_eq!(both, arr2(&[[11.0], [22.0]]).into_dyn());
    assert_eq!(both, first + second);
}

#[test]
fn o16_reads_before_and_after_an_update_are_of_one_variable() {
    let graph = Graph::new();
    let slope = graph
        .build(|| {
            let w = scalar("w", 2.0);
            let before = square(w);
            let update = control_dependencies([before], || w.assign(10.0));
            let after = control_dependencies([update], || square(w));
            gradients(before + after, w)
        })
        .unwrap();
    assert_eq!(run(&graph, slope), [2.0 * 2.0 + 2.0 * 10.0]);
}

#[test]
fn o17_what_does_not_depend_has_none_or_zeros_if_one_asks() {
    let graph = Graph::new();
    let (none, zeros) = graph
        .build(|| {
            let (v, w) = (scalar("v", 3.0), scalar("w", 3.0));
            let x = placeholder::<f32, _>("x", [ANY, 2]);
            let loss = v * 2.0;
            let [of_v, of_w] = gradients_or_none(loss, [v, w]);
            assert!(of_v.is_some());
            (of_w.is_none(), (gradients_or_zeros(loss, w), gradients_or_zeros(loss, x), x))
        })
        .unwrap();
    assert!(none);
    let session = Session::new(&graph).unwrap();
    let (of_w, of_x, x) = zeros;
    assert_eq!(session.run(of_w).unwrap()[[]], 0.0);
    let of_x = session.run_with(of_x, &[x.feed(arr2(&[[1.0f32, 2.0]]))]).unwrap();
    assert_eq!(of_x, arr2(&[[0.0, 0.0]]).into_dyn());
}

#[test]
fn o17_each_read_is_a_tensor_of_its_own_and_an_update_counts_as_a_read() {
    let graph = Graph::new();
    let (of_reads, of_update) = graph
        .build(|| {
            let w = scalar("w", 5.0);
            let (first, second) = (w.value(), w.value());
            let product = first * second;
            assert!(gradients_or_none(product, w.value()).is_none());
            (gradients(product, (first, w)), gradients(square(w.assign_add(1.0)), w))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    let (first, both) = session.run(of_reads).unwrap();
    assert_eq!((first[[]], both[[]]), (5.0, 10.0));
    assert_eq!(session.run(of_update).unwrap()[[]], 12.0);
}

#[test]
fn o8_o13_variables_of_any_type_in_their_order() {
    let graph = Graph::new();
    graph
        .build(|| {
            let w = get_variable::<f64, _, _>("w", [2], VariableOptions::new().initializer(ones_initializer()));
            let steps = get_variable::<i32, _, _>("steps", [], VariableOptions::new().initializer(ones_initializer()));
            let _ = get_variable::<f32, _, _>("unused", [2], VariableOptions::new());
            let loss = reduce_sum(w * w * cast::<f64, i32>(steps), ALL);
            let variables = get_collection::<AnyVariable>(collection::GLOBAL_VARIABLES);
            let found = variable_gradients(loss, &variables);
            let kinds: Vec<bool> = found.iter().map(Option::is_some).collect();
            assert_eq!(kinds, [true, false, false]);
            let gradient = found[0].unwrap();
            assert!(gradient.tensor::<f32>().is_none() && gradient.slices::<f64>().is_none());
            assert_eq!(gradient.tensor::<f64>().unwrap().shape(), Shape::of(&[2]));
        })
        .unwrap();
}

#[test]
fn o18_lookups_leave_slices_that_add_up_by_their_indices() {
    let graph = Graph::new();
    let (values, indices, whole, mixed) = graph
        .build(|| {
            let table =
                get_variable::<f32, _, _>("table", [4, 2], VariableOptions::new().initializer(ones_initializer()));
            let first = gather(table, constant([[3, 0], [3, 3]]), 0);
            let second = gather(table, constant([1i64]), 0) * 10.0;
            let loss = reduce_sum(first, ALL) + reduce_sum(second, ALL);
            let variables = get_collection::<AnyVariable>(collection::GLOBAL_VARIABLES);
            let gradient = variable_gradients(loss, &variables)[0].unwrap();
            let slices = gradient.slices::<f32>().unwrap();
            let mixed = gradients(loss + reduce_sum(table.value(), ALL), table);
            (slices.values, slices.indices, gradient.tensor::<f32>().unwrap(), mixed)
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    let (values, indices, whole, mixed) = session.run((values, indices, whole, mixed)).unwrap();
    let mut pairs: Vec<(i64, f32)> = indices.iter().copied().zip(values.outer_iter().map(|slice| slice[0])).collect();
    pairs.sort_by_key(|pair| pair.0);
    assert_eq!(pairs, [(0, 1.0), (1, 10.0), (3, 1.0), (3, 1.0), (3, 1.0)]);
    let want = arr2(&[[1.0, 1.0], [10.0, 10.0], [0.0, 0.0], [3.0, 3.0]]).into_dyn();
    assert_eq!(whole, want);
    assert_eq!(mixed, want + 1.0);
}

#[test]
fn names_are_under_the_scope_of_gradients_and_then_of_the_op() {
    let graph = Graph::new();
    let [first, second] = graph
        .build(|| {
            name_scope("model", || {
                let x = placeholder::<f32, _>("x", [1, 4, 4, 2]);
                let w = placeholder::<f32, _>("w", [3, 3, 2, 3]);
                let y = nn::conv2d(x, w, [1, 1], Padding::Same);
                [gradients(y, w), gradients(nn::relu(y), x)]
            })
        })
        .unwrap();
    let name = |tensor| graph.name_of(tensor).unwrap();
    assert_eq!(name(first), "model/gradients/model/Conv2D_grad/Conv2DBackpropFilter");
    assert_eq!(name(second), "model/gradients_1/model/Conv2D_grad/Conv2DBackpropInput");
    assert!(graph.op_names().contains(&"model/gradients_1/model/Relu_grad/ReluGrad".to_owned()));
    assert!(!graph.op_names().iter().any(|name| name.contains("gradients/") && name.ends_with("BackpropInput")));
}

#[test]
fn several_ys_are_summed_and_xs_may_lie_on_the_way() {
    let graph = Graph::new();
    let slopes = graph
        .build(|| {
            let x = constant(3.0f32);
            let y = x * x;
            let z = y * 2.0;
            let [of_x, of_y, of_z] = gradients([y, z], [x, y, z]);
            let of_two_types = gradients((z, cast::<f64, f32>(y)), x);
            [of_x, of_y, of_z, of_two_types]
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    let slopes = session.run(slopes).unwrap().map(|slope| slope[[]]);
    assert_eq!(slopes, [6.0 + 12.0, 1.0 + 2.0, 1.0, 12.0 + 6.0]);
}

#[test]
fn one_part_of_a_split_does_not_depend_on_the_other() {
    refuses_nothing(|| {
        let [a, b] = split(constant([1.0f32, 2.0]), 0);
        assert!(gradients_or_none(a * a, b).is_none());
    });
}

fn refuses_nothing(build: impl FnOnce()) {
    Graph::new().build(build).unwrap();
}

#[test]
fn gradients_stop_at_integers_and_where_they_are_told_to() {
    refuses_nothing(|| {
        let x = constant([1.5f32, 2.5]);
        assert!(gradients_or_none(cast::<f32, i32>(cast::<i32, f32>(x)), x).is_none());
        assert!(gradients_or_none(cast::<f32, i64>(argmax(x, 0)), x).is_none());
        assert!(gradients_or_none(cast::<f32, i32>(shape_of(x)), x).is_none());
        assert!(gradients_or_none(stop_gradient(x * 2.0), x).is_none());
        // What is stopped can itself be asked for.
        let stopped = stop_gradient(x);
        assert!(gradients_or_none(stopped * 2.0, stopped).is_some());
    });
}

#[test]
fn a_custom_gradient_takes_the_place_of_the_functions_own() {
    let graph = Graph::new();
    let (y, slopes) = graph
        .build(|| {
            let (a, b) = (constant(3.0f32), constant(4.0f32));
            let y = custom_gradient([a, b], |[a, b]| a * b, |slope, [a, _], y| [slope * 100.0 + a, slope * y]);
            (y, gradients(y * 2.0, [a, b]))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    let (y, [of_a, of_b]) = session.run((y, slopes)).unwrap();
    assert_eq!((y[[]], of_a[[]], of_b[[]]), (12.0, 203.0, 24.0));
    let error = refused(|| {
        let x = constant([1.0f32, 2.0]);
        gradients(custom_gradient([x], |[x]| x, |_, [_], _| [constant([1.0, 2.0, 3.0])]), x)
    });
    assert_eq!(error.code(), "E-GRADIENT-SHAPE");
}

#[test]
fn slopes_behind_the_ys_may_be_given() {
    let graph = Graph::new();
    let (slope, x) = graph
        .build(|| {
            let x = placeholder::<f32, _>("x", [ANY]);
            (gradients_with(x * x, constant([1.0, 10.0]), x), x)
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    let found = session.run_with(slope, &[x.feed(vec![3.0f32, 4.0])]).unwrap();
    assert_eq!(found, arr1(&[6.0, 80.0]).into_dyn());
    let error = session.run_with(slope, &[x.feed(vec![3.0f32, 4.0, 5.0])]).unwrap_err();
    assert!(["E-GRADIENT-SHAPE", "E-BROADCAST"].contains(&error.code()), "{error}");
    let error = refused(|| {
        let x = constant([1.0f32, 2.0]);
        gradients_with(x * x, constant([1.0, 2.0, 3.0]), x)
    });
    assert_eq!(error.code(), "E-GRADIENT-SHAPE");
}

#[test]
fn what_is_derived_from_ops_with_long_names_may_have_longer_ones() {
    let long = "l".repeat(100);
    let graph = Graph::new();
    let slope = graph
        .build(|| {
            let of_both = |_| {
                let options =
                    VariableOptions::new().regularizer(tf_core::l2_regularizer(0.5)).initializer(ones_initializer());
                let w: Variable<f32> = get_variable("w", [2], options);
                (w, reduce_sum(w * w * w, 0))
            };
            let (w, y) = variable_scope(long.as_str(), |_| variable_scope(long.as_str(), of_both));
            gradients(reduce_sum(gradients(y, w), 0), w)
        })
        .unwrap();
    assert_eq!(run(&graph, slope), [6.0, 6.0]);
}

#[test]
fn an_op_without_a_gradient_is_named_with_its_line_and_the_path() {
    let mut line = 0;
    let error = refused(|| {
        variable_scope("model", |_| {
            let w = get_variable::<f32, _, _>("w", [4], VariableOptions::new());
            line = line!() + 1;
            let product = reduce_prod(w * 2.0, 0);
            // It has seven derivatives.
            let seventh = (0..7).fold(product, |before, _| reduce_mean(gradients(before, w), ALL));
            gradients(seventh, w)
        })
    });
    assert_eq!(error.code(), "E-NO-GRADIENT");
    let text = error.to_string();
    assert!(text.contains("(ProdGrad) has no gradient"), "{text}");
    assert!(text.contains(&format!("made at {}:{line}:", file!())), "{text}");
    let path = text.lines().find(|line| line.trim_start().starts_with("path:")).unwrap();
    assert!(path.trim_start().starts_with("path: `model/Mean_6` -> ") && path.ends_with("`model/w`"), "{text}");
}

#[test]
fn what_is_stopped_before_an_op_without_a_gradient_does_not_need_one() {
    refuses_nothing(|| {
        let x = constant([1.0f32, 2.0]);
        let slope = gradients(reduce_prod(x, 0), x);
        let curvature = gradients(reduce_sum(slope * slope, 0), x);
        let _ = gradients(reduce_sum(stop_gradient(curvature) * x, ALL), x);
    });
}

#[test]
fn what_does_not_depend_is_a_mistake_that_names_both() {
    let error = refused(|| {
        let (v, w) = (scalar("v", 1.0), variable_scope("model", |_| scalar("w", 1.0)));
        gradients(tf_core::named(v * 2.0, "loss"), (v, w))
    });
    assert_eq!(error.code(), "E-GRADIENT-NONE");
    assert!(error.to_string().contains("`loss` does not depend on `model/w`"), "{error}");
    let error = refused(|| {
        let w = scalar("w", 1.0);
        gradients(square(w), w.value())
    });
    assert!(error.to_string().contains("does not depend on this read of `w`"), "{error}");
}

#[test]
fn tensors_of_other_graphs_of_failed_builds_and_of_none() {
    let other = Graph::new();
    let foreign = other.build(|| constant(1.0f32)).unwrap();
    assert_eq!(refused(|| gradients(foreign, foreign)).code(), "E-GRAPH-MIXED");
    assert_eq!(refused(|| gradients(constant(1.0f32), foreign)).code(), "E-GRAPH-MIXED");
    let orphan = gradients(foreign, foreign);
    assert_eq!(refused(|| orphan + 1.0).code(), "E-NO-GRAPH");
    // What follows from a mistake adds none.
    let error = refused(|| {
        let wrong = constant([1.0f32, 2.0]) + constant([1.0, 2.0, 3.0]);
        gradients(wrong, wrong) * gradients_or_zeros(wrong * 2.0, constant(1.0f32))
    });
    assert_eq!((error.code(), error.others().len()), ("E-BROADCAST", 0));
}

#[test]
fn half_precision_goes_through_f32() {
    let graph = Graph::new();
    let slope = graph
        .build(|| {
            let x = constant([f16::from_f32(0.5), f16::from_f32(-2.0)]);
            gradients(reduce_mean(tanh(x) * x, ALL), x)
        })
        .unwrap();
    let found = run(&graph, slope);
    for (x, found) in [0.5f32, -2.0].into_iter().zip(found) {
        let want = (x.tanh() + x * (1.0 - x.tanh() * x.tanh())) / 2.0;
        assert!((found.to_f32() - want).abs() < 2e-3, "{found} for {want}");
    }
}

#[test]
fn gradients_in_a_build_that_fails_leave_nothing() {
    let graph = Graph::new();
    let x = graph.build(|| constant([1.0f32, 2.0])).unwrap();
    let names = graph.op_names();
    graph.build(|| (gradients(x * x, x), gradients(x, constant(0.0f32)))).unwrap_err();
    assert_eq!(graph.op_names(), names);
    let slope = graph.build(|| gradients(x * x, x)).unwrap();
    assert_eq!(graph.name_of(slope).unwrap(), "gradients/AddN");
}

#[test]
fn a_model_is_as_deep_as_one_likes() {
    let graph = Graph::new();
    let slope = graph
        .build(|| {
            let x = constant(1.0f32);
            let mut y = x;
            for _ in 0..2000 {
                y = y * 0.999 + 0.001;
            }
            gradients(y, x)
        })
        .unwrap();
    assert!((run(&graph, slope)[0] - 0.999f32.powi(2000)).abs() < 1e-4);
}

/// One step of a random chain on matrices of two rows and three columns.
fn step(kind: u8, x: Tensor<f64>, before: Tensor<f64>) -> Tensor<f64> {
    match kind {
        0 => sin(x) * 1.5,
        1 => x * before,
        2 => tanh(x) + before,
        3 => nn::softmax(x),
        4 => matmul(x, matmul(transpose(before, [1, 0]), x)) * 0.3,
        5 => reshape(transpose(x, [1, 0]), [2, 3]),
        6 => x - reduce_mean(x, 1).reshape([2, 1]),
        7 => {
            let [a, b, c] = split(x, 1);
            concat([b * c, a, exp(c * 0.5)], 1)
        }
        8 => x / (square(before) + 1.0),
        _ => gather(x, constant([1, 0]), 0) * reduce_sum(before, 0),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_chains_have_the_slope_of_their_difference(kinds in prop::collection::vec((0u8..10, any::<prop::sample::Index>()), 1..7)) {
        let inputs = [numbers(&[2, 3], 1), numbers(&[2, 3], 2)];
        check(&format!("{kinds:?}"), inputs, |[a, b]| {
            let mut made = vec![a, b];
            for (kind, before) in &kinds {
                let next = step(*kind, made[made.len() - 1], *before.get(&made));
                made.push(next);
            }
            made[made.len() - 1] + a * b
        });
    }
}
