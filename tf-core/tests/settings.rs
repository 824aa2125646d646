//! What is said of variables beside their first value (rows C31, C32, C35 and the D rows): regularizers, constraints, caching devices,
//! from the call or from the scope.

#![allow(unused_must_use, reason = "variables are made here for what making them adds to the graph")]

use tf_core::{
    ALL, AUTO_REUSE, Constraint, Graph, NoShape, Regularizer, RunTrace, Session, SessionOptions, Store, Tensor,
    Variable, VariableOptions, abs, collection, constant, control_dependencies, device, get_variable,
    l1_l2_regularizer, l1_regularizer, l2_regularizer, max_norm_constraint, minimum, name_scope, no_regularizer,
    non_neg_constraint, ones_initializer, placeholder, reduce_max, reduce_sum, scalar, scope, variable_gradients,
    variable_scope,
};

const W: [f32; 4] = [1.0, -2.0, 3.0, -0.5];

/// A variable with the values of `W`.
fn weights(name: &str, regularizer: Regularizer) -> Variable<f32> {
    get_variable(name, NoShape, VariableOptions::new().initializer(constant(W)).regularizer(regularizer))
}

fn ones(name: &str) -> Variable<f32> {
    get_variable(name, [2], VariableOptions::new().initializer(ones_initializer()))
}

/// Name and value of each regularization loss.
fn losses(graph: &Graph) -> Vec<(String, f32)> {
    let losses = graph.collection::<Tensor<f32>>(collection::REGULARIZATION_LOSSES);
    let session = Session::new(graph).unwrap();
    session.initialize().unwrap();
    let name = |loss: &Tensor<f32>| graph.name_of(*loss).expect("the loss is of this graph");
    losses.iter().map(|loss| (name(loss), session.run(*loss).unwrap()[[]])).collect()
}

#[test]
fn a_regularizer_adds_its_loss_under_tensorflows_name() {
    let graph = Graph::new();
    graph
        .build(|| {
            variable_scope("m", |_| name_scope("ops", || weights("a", l2_regularizer(0.5))));
            control_dependencies([constant(0.0f32)], || weights("b", l1_regularizer(2.0)));
            weights("c", l1_l2_regularizer(2.0, 0.5));
            // A scale of 0 is no regularizer.
            weights("d", l2_regularizer(0.0));
            weights("e", l1_l2_regularizer(0.0, 2.0));
        })
        .unwrap();
    let (l1, l2) = (6.5, 14.25 / 2.0);
    let found = losses(&graph);
    let found: Vec<(&str, f32)> = found.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    assert_eq!(
        found,
        [
            ("m/a/Regularizer/l2_regularizer", 0.5 * l2),
            ("b/Regularizer/l1_regularizer", 2.0 * l1),
            ("c/Regularizer/l1_l2_regularizer", 2.0 * l1 + 0.5 * l2),
            ("e/Regularizer/l1_l2_regularizer/l2_regularizer", 2.0 * l2),
        ]
    );
    assert!(graph.op_names().contains(&"m/a/Regularizer/l2_regularizer/scale".to_owned()));
}

/// Half the largest absolute value.
fn largest(w: Tensor<f32>) -> Tensor<f32> {
    reduce_max(abs(w), ALL) * 0.5
}

#[test]
fn a_function_can_be_a_regularizer_and_must_yield_one_number() {
    let graph = Graph::new();
    graph.build(|| weights("w", Regularizer::function(largest))).unwrap();
    assert_eq!(losses(&graph)[0].1, 1.5);
    assert!(losses(&graph)[0].0.starts_with("w/Regularizer/"));
    let error = Graph::new().build(|| weights("w", Regularizer::function::<f32>(|w| w * 2.0))).unwrap_err();
    assert_eq!(error.code(), "E-REGULARIZER-SHAPE");
}

#[test]
fn r15_a_variable_that_is_shared_adds_no_second_loss() {
    let graph = Graph::new();
    graph
        .build(|| {
            for _ in 0..2 {
                variable_scope(scope("s").reuse(AUTO_REUSE), |_| weights("w", l2_regularizer(0.5)));
            }
            variable_scope(scope("s").reuse(true), |_| ones_of_four("w"));
        })
        .unwrap();
    assert_eq!(losses(&graph).len(), 1);
}

fn ones_of_four(name: &str) -> Variable<f32> {
    get_variable(name, [4], VariableOptions::new())
}

#[test]
fn settings_that_conflict_on_reuse_are_mistakes() {
    let refused = |first: VariableOptions, second: VariableOptions| {
        let graph = Graph::new();
        let shared =
            |options| variable_scope(scope("s").reuse(AUTO_REUSE), |_| get_variable::<f32, _, _>("w", [2], options));
        graph.build(|| (shared(first), shared(second))).map(|_| ()).map_err(|error| error.code())
    };
    let plain = VariableOptions::new();
    let cached = plain.caching_device("/cpu:0");
    assert_eq!(refused(plain, plain.regularizer(l2_regularizer(0.5))), Err("E-SHARE-REGULARIZER"));
    assert_eq!(refused(plain.regularizer(l2_regularizer(0.5)), plain), Ok(()));
    assert_eq!(refused(plain, plain.regularizer(no_regularizer())), Ok(()));
    assert_eq!(
        refused(plain.constraint(non_neg_constraint()), plain.constraint(max_norm_constraint(1.0, 0))),
        Err("E-SHARE-CONSTRAINT")
    );
    assert_eq!(refused(cached, plain.caching_device("/cpu:1")), Err("E-SHARE-CACHING-DEVICE"));
    assert_eq!(refused(cached, cached), Ok(()));
}

#[test]
fn d2_a_scopes_regularizer_goes_to_scopes_inside_and_stays_with_its_object() {
    let graph = Graph::new();
    graph
        .build(|| {
            let kept = variable_scope(scope("a").regularizer(l2_regularizer(0.5)), |kept| {
                ones("v");
                variable_scope("b", |_| ones("v"));
                variable_scope(scope("off").regularizer(no_regularizer()), |_| ones("v"));
                get_variable::<f32, _, _>("own", [2], VariableOptions::new().regularizer(l1_regularizer(1.0)));
                get_variable::<f32, _, _>("none", [2], VariableOptions::new().regularizer(no_regularizer()));
                kept
            });
            ones("outside");
            // D10: a name that is opened again knows nothing of it. D11: nor does an object know of the scopes around it.
            variable_scope("a", |_| ones("plain"));
            let bare = variable_scope("bare", |bare| bare);
            variable_scope(kept, |_| {
                ones("again");
                variable_scope(bare, |_| ones("v"));
            });
        })
        .unwrap();
    let names: Vec<String> = losses(&graph).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "a/v/Regularizer/l2_regularizer",
            "a/b/v/Regularizer/l2_regularizer",
            "a/own/Regularizer/l1_regularizer",
            "a/again/Regularizer/l2_regularizer"
        ]
    );
}

#[test]
fn d6_c35_a_caching_device_is_inherited_and_can_be_switched_off() {
    let graph = Graph::new();
    graph
        .build(|| {
            variable_scope(scope("a").caching_device("/cpu:0"), |_| {
                assert_eq!(ones("v").caching_device(), Some("/cpu:0"));
                variable_scope("b", |_| assert_eq!(ones("v").caching_device(), Some("/cpu:0")));
                variable_scope(scope("off").caching_device(""), |_| assert_eq!(ones("v").caching_device(), None));
                let own = get_variable::<f32, _, _>("own", [2], VariableOptions::new().caching_device("/cpu:1"));
                assert_eq!(own.caching_device(), Some("/cpu:1"));
            });
            assert_eq!(ones("outside").caching_device(), None);
        })
        .unwrap();
    let found: Vec<_> = graph.variables().iter().map(|v| v.settings.caching_device).collect();
    assert_eq!(found, [Some("/cpu:0"), Some("/cpu:0"), None, Some("/cpu:1"), None]);
}

#[test]
fn d8_a_constraint_holds_for_its_own_scope_only() {
    let graph = Graph::new();
    graph
        .build(|| {
            let kept = variable_scope(scope("a").constraint(non_neg_constraint()), |kept| {
                assert!(matches!(ones("v").constraint(), Some(Constraint::NonNegative)));
                variable_scope("b", |_| assert!(ones("v").constraint().is_none()));
                let own = VariableOptions::new().constraint(max_norm_constraint(2.0, 0));
                let own = get_variable::<f32, _, _>("own", [2], own);
                assert!(matches!(own.constraint(), Some(Constraint::MaxNorm { max: 2.0, axis: 0 })));
                kept
            });
            variable_scope(kept, |_| assert!(ones("again").constraint().is_none()));
            variable_scope("a", |_| assert!(ones("plain").constraint().is_none()));
        })
        .unwrap();
}

fn at_most_one(w: Tensor<f32>) -> Tensor<f32> {
    minimum(w, scalar(1.0))
}

#[test]
fn a_function_can_be_a_constraint() {
    let graph = Graph::new();
    let (kept, value) = graph
        .build(|| {
            let options = VariableOptions::new().initializer(constant(W)).constraint(Constraint::function(at_most_one));
            let w = get_variable::<f32, _, _>("w", NoShape, options);
            (w, w.constraint().expect("it was given").apply(w))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    assert_eq!(session.run(value).unwrap().as_slice().unwrap(), [1.0, -2.0, 1.0, -0.5]);
    assert_eq!(session.run(kept).unwrap().as_slice().unwrap(), W);
    let error =
        Graph::new().build(|| Constraint::function(at_most_one).apply::<f64>(constant([1.0, 2.0]))).unwrap_err();
    assert_eq!(error.code(), "E-CONSTRAINT-DTYPE");
}

#[test]
fn settings_must_fit_the_variable() {
    let refused = |options: VariableOptions| {
        let graph = Graph::new();
        graph.build(|| get_variable::<i32, _, _>("n", [2], options)).map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(refused(VariableOptions::new().regularizer(l2_regularizer(0.5))), Err("E-REGULARIZER-DTYPE"));
    assert_eq!(refused(VariableOptions::new().constraint(non_neg_constraint())), Err("E-CONSTRAINT-DTYPE"));
    let graph = Graph::new();
    let negative = VariableOptions::new().regularizer(l2_regularizer(-0.5));
    let error = graph.build(|| get_variable::<f32, _, _>("w", [2], negative)).unwrap_err();
    assert_eq!(error.code(), "E-REGULARIZER-SCALE");
    // The scope's is refused for the variable that it does not fit.
    let error = graph
        .build(|| {
            variable_scope(scope("s").regularizer(l2_regularizer(0.5)), |_| {
                get_variable::<i32, _, _>("n", [2], VariableOptions::new())
            })
        })
        .unwrap_err();
    assert_eq!((error.code(), error.variable()), ("E-REGULARIZER-DTYPE", Some("s/n")));
    let axis = VariableOptions::new().constraint(max_norm_constraint(1.0, 1));
    assert_eq!(graph.build(|| get_variable::<f32, _, _>("w", [2], axis)).unwrap_err().code(), "E-CONSTRAINT-AXIS");
}

#[test]
fn c31_an_initial_value_of_unknown_shape_is_taken_where_shapes_are_not_validated() {
    let graph = Graph::new();
    let error = graph
        .build(|| {
            let x = placeholder::<f32, _>("x", [tf_core::ANY]);
            get_variable::<f32, _, _>("v", NoShape, VariableOptions::new().initializer(x))
        })
        .unwrap_err();
    assert_eq!(error.code(), "E-SHAPE-PARTIAL");
    let (x, v, initialize) = graph
        .build(|| {
            let x = placeholder::<f32, _>("x", [tf_core::ANY]);
            let v =
                get_variable::<f32, _, _>("v", NoShape, VariableOptions::new().initializer(x).validate_shape(false));
            (x, v, v.initializer())
        })
        .unwrap();
    assert_eq!(v.shape().to_string(), "[?]");
    let session = Session::new(&graph).unwrap();
    session.run_with(initialize, &[x.feed(ndarray::arr1(&[1.0f32, 2.0, 3.0]))]).unwrap();
    assert_eq!(session.run(v).unwrap().as_slice().unwrap(), [1.0, 2.0, 3.0]);
}

/// The ops that a run carried out, with the device of each; of transfers the op whose value crosses.
fn steps(trace: &RunTrace) -> Vec<String> {
    trace.steps.iter().map(|step| format!("{} {} {}", step.name, step.op, step.device.parts().index.unwrap())).collect()
}

#[test]
fn c35_reads_are_kept_on_the_caching_device() {
    let graph = Graph::new();
    let (plain, cached, update, fresh) = graph
        .build(|| {
            let start = || VariableOptions::new().initializer(constant([1.0f32, 2.0]));
            let plain = get_variable("plain", NoShape, start());
            let kept = get_variable("kept", NoShape, start().caching_device("/cpu:1"));
            let (sums, update) =
                device("/cpu:1", || ([plain + plain, kept + kept], kept.assign_add(constant([1.0, 1.0]))));
            let after = control_dependencies([update], || kept * 1.0);
            (sums[0], (sums[1], after), update, control_dependencies([update], || kept.read_value()))
        })
        .unwrap();
    assert_eq!(graph.device_of(cached.0).unwrap().to_string(), "/device:CPU:1");
    let devices: Vec<_> = graph.devices().into_iter().filter(|(name, _)| name.starts_with("kept/Read/")).collect();
    let devices: Vec<_> = devices.iter().map(|(name, device)| format!("{name} {device}")).collect();
    assert_eq!(
        devices,
        ["kept/Read/ReadVariableOp ", "kept/Read/Identity /device:CPU:1"],
        "TensorFlow's names and places"
    );
    let session = Session::with_options(&graph, &Store::new(), SessionOptions::new().cpu_devices(2)).unwrap();
    session.initialize().unwrap();
    let (_, trace) = session.run_traced(plain, &[]).unwrap();
    assert_eq!(trace.steps.iter().filter(|step| step.op == "ReadVariableOp").count(), 2, "{trace}");
    let (_, trace) = session.run_traced(cached.0, &[]).unwrap();
    let expected = [
        "kept/Read/ReadVariableOp ReadVariableOp 0",
        "kept/Read/ReadVariableOp Transfer 1",
        "kept/Read/Identity Identity 1",
    ];
    assert_eq!(steps(&trace)[..3], expected, "{trace}");
    assert_eq!(trace.steps.len(), 4, "{trace}");
    // What is kept is from the beginning of the run; a read of its own sees the update.
    let (_, after, fresh) = session.run((update, cached.1, fresh)).unwrap();
    assert_eq!((after.as_slice(), fresh.as_slice()), (Some(&[1.0, 2.0][..]), Some(&[2.0, 3.0][..])));
    assert_eq!(session.run(cached.0).unwrap().as_slice(), Some(&[4.0, 6.0][..]), "the next run reads anew");
}

#[test]
fn c35_gradients_go_through_what_is_kept() {
    let graph = Graph::new();
    let (slope, w) = graph
        .build(|| {
            let options = VariableOptions::new().initializer(constant([3.0f32, -1.0])).caching_device("/cpu:0");
            let v = get_variable("v", NoShape, options);
            // Its initial value uses what is kept of another variable.
            let w = get_variable("w", NoShape, VariableOptions::new().initializer(v * 2.0));
            let slopes = variable_gradients(reduce_sum(v * v + v, ALL), &[v.into()]);
            (slopes[0].as_ref().and_then(|slope| slope.tensor::<f32>()).unwrap(), w)
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    let (slope, w) = session.run((slope, w)).unwrap();
    assert_eq!((slope.as_slice(), w.as_slice()), (Some(&[7.0, -1.0][..]), Some(&[6.0, -2.0][..])));
}

#[test]
fn c35_a_text_that_is_no_device_is_a_mistake_with_carets() {
    let told = |build: &dyn Fn()| {
        let error = Graph::new().build(build).unwrap_err();
        (error.code(), error.to_string(), error.others().len())
    };
    let by_call = told(&|| {
        let _ = get_variable::<f32, _, _>("v", [2], VariableOptions::new().caching_device("/gpx:1"));
    });
    let by_scope = told(&|| {
        variable_scope(scope("s").caching_device("/gpx:1"), |_| assert!(ones("v").caching_device().is_none()));
    });
    for (code, text, others) in [by_call, by_scope] {
        assert_eq!((code, others), ("E-DEVICE", 0));
        assert!(text.contains("\n    /gpx:1\n     ^^^\n"), "{text}");
    }
}
