//! Mistakes at run time, each under its name: what is said of it, and what is left of the graph.

use ndarray::{ArrayD, arr0, arr1};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use tf_core::{
    ANY, AnyVariable, Element, Error, Graph, Initializer, Session, SessionOptions, Status, Store, Tensor, Variable,
    VariableOptions, add_to_collection, collection, constant, constant_array, constant_initializer,
    control_dependencies, default_name, get_collection, get_variable, get_variable_scope, l2_regularizer, name_scope,
    named, placeholder, random_normal, scope, variable_scope, zeros_initializer,
};

#[track_caller]
fn variable(name: &str) -> Variable<f32> {
    get_variable(name, [2], VariableOptions::new().initializer(zeros_initializer()))
}

/// The one shape of all errors: the mistake; where; further lines, of which one is the help; the code.
fn assert_shape(error: &Error) {
    let text = error.to_string();
    let lines: Vec<&str> = text.split("\nand: ").next().unwrap().lines().collect();
    let mistake = lines[0];
    assert_eq!(mistake, error.mistake());
    assert!(!mistake.ends_with('.') && !mistake.starts_with(|c: char| c.is_uppercase()), "{text}");
    assert!(lines.iter().any(|line| line.starts_with("  help: ")), "{text}");
    assert_eq!(*lines.last().unwrap(), format!("  {} in docs/errors.md", error.code()), "{text}");
    if let Some(at) = error.location() {
        assert!(lines[1].starts_with(&format!("  at {at}")), "{text}");
        assert!(at.file().ends_with("graph_errors.rs"), "{text}");
    }
    for other in error.others() {
        assert_shape(other);
    }
}

#[track_caller]
fn mistake<R>(graph: &Graph, body: impl FnOnce() -> R) -> Error {
    let Err(error) = graph.build(body) else { panic!("the build has no mistake") };
    assert_shape(&error);
    error
}

fn codes(error: &Error) -> Vec<&'static str> {
    std::iter::once(error).chain(error.others()).map(Error::code).collect()
}

#[test]
fn an_op_without_a_graph_surfaces_in_the_build_that_meets_it() {
    let orphan: Tensor<f32> = constant(1.0f32);
    let graph = Graph::new();
    let error = mistake(&graph, || orphan + orphan * 2.0);
    assert_eq!(codes(&error), ["E-NO-GRAPH"], "met twice, told once");
    assert!(error.mistake().starts_with("`Const` is called with no graph being built"), "{error}");
    let variable: Variable<f32> = get_variable("v", [2], VariableOptions::new());
    assert_eq!(mistake(&graph, || variable + 1.0).code(), "E-NO-GRAPH");
    let error = mistake(&graph, || control_dependencies([orphan, orphan], || orphan + 1.0));
    assert_eq!(codes(&error), ["E-NO-GRAPH"], "met three times, told once");
}

#[test]
fn an_op_without_a_graph_surfaces_in_the_run_that_is_asked_for_it() {
    let orphan = constant(1.0f32);
    let error = Session::new(&Graph::new()).unwrap().run(orphan).unwrap_err();
    assert_shape(&error);
    assert_eq!((error.code(), error.status()), ("E-NO-GRAPH", Status::FailedPrecondition));
}

#[test]
fn an_op_that_mixes_graphs() {
    let (one, two) = (Graph::new(), Graph::new());
    let foreign = one.build(|| constant(1.0f32)).unwrap();
    let error = mistake(&two, || constant(2.0f32) + foreign);
    assert_eq!(error.code(), "E-GRAPH-MIXED");
    assert!(error.mistake().contains("input 1 of `add`"), "{error}");
    let foreign = one.build(|| variable("v")).unwrap();
    assert_eq!(mistake(&two, || foreign.assign_add(constant([1.0f32, 1.0]))).code(), "E-GRAPH-MIXED");
    assert_eq!(mistake(&two, || foreign + 1.0).code(), "E-GRAPH-MIXED");
}

#[test]
fn a_scope_object_of_another_graph() {
    let (one, two) = (Graph::new(), Graph::new());
    let foreign = one.build(|| variable_scope("a", |scope| scope)).unwrap();
    assert_eq!(mistake(&two, || variable_scope(foreign, |_| variable("v"))).code(), "E-GRAPH-MIXED");
    assert_eq!(mistake(&two, || foreign.reuse_variables()).code(), "E-GRAPH-MIXED");
    two.build(|| variable_scope("b", |_| assert_eq!(foreign.name(), "", "not this graph's"))).unwrap();
}

#[test]
fn a_scope_object_of_a_build_that_failed() {
    let graph = Graph::new();
    let mut lost = None;
    let error = mistake(&graph, || {
        variable_scope("a", |scope| lost = Some(scope));
        (variable("v"), variable("v"))
    });
    assert_eq!(error.code(), "E-EXISTS");
    assert_eq!(mistake(&graph, || variable_scope(lost.unwrap(), |_| ())).code(), "E-GRAPH-MIXED");
}

#[test]
fn a_name_scope_of_another_graph() {
    let (one, two) = (Graph::new(), Graph::new());
    let foreign = one.build(|| variable_scope("a", |scope| scope.original_name_scope())).unwrap();
    assert_eq!(mistake(&two, || name_scope(foreign, || constant(1))).code(), "E-GRAPH-MIXED");
}

#[test]
fn a_control_dependency_of_another_graph() {
    let (one, two) = (Graph::new(), Graph::new());
    let foreign = one.build(|| constant(1.0f32)).unwrap();
    let error = mistake(&two, || control_dependencies([foreign], || constant(2)));
    assert_eq!(error.code(), "E-GRAPH-MIXED");
    assert!(error.mistake().contains("control dependency 0 belongs to another graph"), "{error}");
}

#[test]
fn an_object_of_another_graph_in_a_collection() {
    let (one, two) = (Graph::new(), Graph::new());
    let foreign = one.build(|| variable("v")).unwrap();
    two.build(|| add_to_collection(collection::GLOBAL_VARIABLES, foreign)).unwrap();
    let session = Session::new(&two).unwrap();
    let init = two.build(tf_core::global_variables_initializer).unwrap();
    session.run(init).unwrap();
}

#[test]
fn fetching_or_feeding_a_tensor_of_another_graph() {
    let (one, two) = (Graph::new(), Graph::new());
    let foreign = one.build(|| placeholder::<f32, _>("x", [])).unwrap();
    let own = two.build(|| constant(1.0f32)).unwrap();
    let session = Session::new(&two).unwrap();
    for error in [
        session.run(foreign).unwrap_err(),
        session.run((own, foreign)).unwrap_err(),
        session.run(foreign.op()).unwrap_err(),
        session.run_with(own, &[foreign.feed(1.0)]).unwrap_err(),
    ] {
        assert_shape(&error);
        assert_eq!(error.code(), "E-GRAPH-MIXED");
    }
}

#[test]
fn a_failed_build_leaves_the_graph_as_it_was_and_can_be_tried_again() {
    let model = |wrong: bool| {
        move || {
            if wrong {
                get_variable_scope().reuse_variables();
            }
            variable_scope(scope("a").reuse(tf_core::NO_REUSE), |_| {
                let noise = variable_scope(default_name("d"), |_| random_normal::<f32, _>([2], 0.0, 1.0));
                let v = variable("v");
                add_to_collection("mine", v);
                if wrong {
                    let _ = variable("v");
                }
                (noise, named(v + noise, "sum"))
            })
        }
    };
    let (tried, untried) = (Graph::new(), Graph::new());
    for graph in [&tried, &untried] {
        graph.set_random_seed(7);
        let before = graph.build(|| variable_scope(default_name("d"), |_| (variable("before"), constant(1))));
        assert!(before.is_ok());
    }
    assert_eq!(mistake(&tried, model(true)).code(), "E-EXISTS");
    assert_eq!(tried.op_names(), untried.op_names());
    assert_eq!(tried.variables().len(), 1);
    assert!(tried.collection::<AnyVariable>("mine").is_empty());
    let outputs = [&tried, &untried].map(|graph| {
        let (noise, sum) = graph.build(model(false)).unwrap();
        let session = Session::new(graph).unwrap();
        session.initialize().unwrap();
        let names = graph.build(|| {
            let d = variable_scope(default_name("d"), |d| d.name());
            (d, get_variable_scope().reuse(), get_collection::<AnyVariable>("mine").len())
        });
        (graph.op_names(), names.unwrap(), session.run((noise, sum)).unwrap())
    });
    assert_eq!(outputs[0], outputs[1], "names, default names, collections, seeds");
    assert_eq!(outputs[0].1, ("d_1".into(), tf_core::Reuse::No, 1));
}

#[test]
fn a_variable_of_a_failed_build_leaves_no_settings_to_the_next() {
    let graph = Graph::new();
    let regularized = || {
        let _ = get_variable::<f32, _, _>("v", [2], VariableOptions::new().regularizer(l2_regularizer(0.5)));
        variable("v")
    };
    assert_eq!(mistake(&graph, regularized).code(), "E-EXISTS");
    let shared = || {
        let _ = variable_scope("a", |_| variable("w"));
        variable_scope(scope("a").reuse(true), |_| {
            get_variable::<f32, _, _>("w", [2], VariableOptions::new().regularizer(l2_regularizer(0.5)))
        })
    };
    assert_eq!(mistake(&graph, shared).code(), "E-SHARE-REGULARIZER");
}

#[test]
fn a_build_inside_a_build_fails_alone() {
    let graph = Graph::new();
    graph
        .build(|| {
            let outer = variable("outer");
            let inner = graph.build(|| (variable("inner"), variable("outer")));
            assert_eq!(inner.unwrap_err().code(), "E-EXISTS");
            assert!(graph.build(|| variable("inner")).is_ok());
            outer + 1.0
        })
        .unwrap();
    assert_eq!(graph.variables().iter().map(|v| v.name.as_str()).collect::<Vec<_>>(), ["outer", "inner"]);
    let outer = mistake(&graph, || (graph.build(|| variable("late")).unwrap(), variable("outer")));
    assert_eq!(outer.code(), "E-EXISTS");
    assert_eq!(graph.variables().len(), 2, "what succeeded inside goes with the outer build");
}

#[test]
fn unwinding_out_of_a_build_restores_the_graph_that_was_being_built() {
    let (one, two) = (Graph::new(), Graph::new());
    one.build(|| {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            two.build(|| {
                variable_scope("a", |_| {
                    let _ = variable("v");
                    resume_unwind(Box::new(()))
                })
            })
        }));
        assert!(panicked.is_err());
        assert!(Graph::current() == Some(one.clone()));
        let _ = variable("v");
    })
    .unwrap();
    assert!(Graph::current().is_none() && two.is_empty() && two.variables().is_empty());
    assert_eq!(two.build(|| get_variable_scope().name()).unwrap(), "");
    assert_eq!(one.variables().len(), 1);
}

#[test]
fn independent_mistakes_are_all_returned_and_what_follows_from_one_is_not() {
    let graph = Graph::new();
    let error = mistake(&graph, || {
        let wrong = constant([1.0f32, 2.0]) + constant([1.0f32, 2.0, 3.0]);
        let _ = (wrong * 2.0) + constant([[1.0f32; 7]; 7]);
        let _ = (variable("v"), variable("v"));
        let _ = variable_scope(scope("a").reuse(true), |_| variable("w"));
        name_scope("a b", || ())
    });
    assert_eq!(codes(&error), ["E-BROADCAST", "E-EXISTS", "E-REUSE-MISSING", "E-NAME-CHARACTER"]);
    let all: Vec<Status> = std::iter::once(&error).chain(error.others()).map(Error::status).collect();
    assert_eq!(all, [Status::InvalidArgument, Status::AlreadyExists, Status::NotFound, Status::InvalidArgument]);
    assert_eq!(error.to_string().matches("\nand: ").count(), 3);
}

#[test]
fn an_error_says_where_it_is_and_where_its_other_half_is() {
    let graph = Graph::new();
    // `variable` stands two lines below the opening of its scope.
    let mut lines = [0, 0];
    let created = graph.build(|| {
        variable_scope("a", |_| {
            lines[0] = line!() + 1;
            variable("u")
        })
    });
    assert!(created.is_ok());
    let error = mistake(&graph, || {
        variable_scope("a", |_| {
            lines[1] = line!() + 1;
            variable("u")
        })
    });
    let place = |line: u32| format!("tf-core/tests/graph_errors.rs:{line}:13");
    let text = error.to_string();
    let expected = format!(
        "variable `a/u` already exists, and this scope does not reuse variables\n  at {} in scope `a`\n  first created at {}, reached from tf-core/tests/graph_errors.rs:{}:9\n  help: to share it, ",
        place(lines[1]),
        place(lines[0]),
        lines[0] - 2
    );
    assert!(text.starts_with(&expected), "{text}");
    assert_eq!((error.scope(), error.variable()), (Some("a"), Some("a/u")));
    assert_eq!(error.location().unwrap().line(), lines[1]);
}

#[test]
fn a_placeholder_that_is_not_fed() {
    let graph = Graph::new();
    let y = graph.build(|| name_scope("in", || placeholder::<f32, _>("x", [ANY, 2])) * 2.0).unwrap();
    let error = Session::new(&graph).unwrap().run(y).unwrap_err();
    assert_shape(&error);
    assert_eq!((error.code(), error.node()), ("E-UNFED", Some("in/x")));
    assert!(error.mistake().contains("`in/x` of f32[?, 2]"), "{error}");
}

#[test]
fn a_feed_of_another_shape_or_given_twice() {
    let graph = Graph::new();
    let x = graph.build(|| placeholder::<f32, _>("x", [ANY, 2])).unwrap();
    let session = Session::new(&graph).unwrap();
    let error = session.run_with(x, &[x.feed(arr1(&[1.0, 2.0]))]).unwrap_err();
    assert_shape(&error);
    assert_eq!((error.code(), error.node()), ("E-FEED-SHAPE", Some("x")));
    let twice = ndarray::arr2(&[[1.0f32, 2.0]]);
    let error = session.run_with(x, &[x.feed(&twice), x.feed(&twice)]).unwrap_err();
    assert_shape(&error);
    assert_eq!(error.code(), "E-FEED-TWICE");
    assert_eq!(session.run_with(x, &[x.feed(&twice)]).unwrap(), twice.into_dyn());
}

#[test]
fn more_than_eight_dimensions() {
    let graph = Graph::new();
    let (x, y) = graph
        .build(|| {
            let x = placeholder::<f32, _>("x", tf_core::Shape::UNKNOWN);
            (x, tf_core::nn::relu(x))
        })
        .unwrap();
    let fed = |rank: usize| x.feed(ArrayD::<f32>::zeros(vec![1; rank]));
    let session = Session::new(&graph).unwrap();
    assert_eq!(session.run_with(y, &[fed(8)]).unwrap().ndim(), 8);
    let error = session.run_with(y, &[fed(9)]).unwrap_err();
    assert_shape(&error);
    assert_eq!(error.code(), "E-RANK-LIMIT");
    assert!(error.mistake().contains("`x` is fed an array of 9 dimensions"), "{error}");

    let eight = [[[[[[[[1]; 1]; 1]; 1]; 1]; 1]; 1]; 2];
    let graph = Graph::new();
    let tensor = graph.build(|| constant(eight)).unwrap();
    assert_eq!(Session::new(&graph).unwrap().run(tensor).unwrap().shape(), [2, 1, 1, 1, 1, 1, 1, 1]);
    let error = mistake(&graph, || constant([eight, eight]) + 1);
    assert_eq!(codes(&error), ["E-RANK-LIMIT"]);
    assert!(error.mistake().contains("the value has 9 dimensions"), "{error}");
    assert_eq!(mistake(&graph, || constant_array(&ArrayD::<f32>::zeros(vec![1; 9]))).code(), "E-RANK-LIMIT");
}

#[test]
fn a_variable_larger_than_memory() {
    let zeros = VariableOptions::new().initializer(zeros_initializer());
    let error = mistake(&Graph::new(), || get_variable::<f32, _, _>("v", [4_000_000_000, 4_000_000_000], zeros));
    assert_eq!((error.code(), error.others().len()), ("E-SIZE-LIMIT", 0));
    assert!(error.mistake().contains("`v` has the shape [4000000000, 4000000000]"), "{error}");
}

#[test]
fn an_initial_integer_that_the_element_type_does_not_hold() {
    fn code<T: Element>(initializer: Initializer) -> Option<&'static str> {
        let options = VariableOptions::new().initializer(initializer);
        Graph::new().build(|| get_variable::<T, _, _>("v", [2], options)).err().map(|error| error.code())
    }
    let refused = Some("E-INITIALIZER-RANGE");
    assert_eq!(code::<u8>(constant_initializer(-3)), refused);
    assert_eq!(code::<u8>(constant_initializer(256)), refused);
    assert_eq!(code::<i8>(constant_initializer(&[0, -129])), refused);
    assert_eq!(code::<i32>(constant_initializer(&[1_i64 << 31, 0])), refused);
    assert_eq!(code::<u64>(constant_initializer(-1)), refused);
    assert_eq!(code::<u8>(constant_initializer(255)), None);
    assert_eq!(code::<i8>(constant_initializer(&[127, -128])), None);
    assert_eq!(code::<i64>(constant_initializer(i64::MIN)), None);
    assert_eq!(code::<f32>(constant_initializer(-3)), None);
}

#[test]
fn a_variable_that_has_no_value_yet_n6_n7() {
    let graph = Graph::new();
    let (read, update) = graph
        .build(|| {
            variable_scope("a", |_| {
                let v = variable("v");
                (v * 2.0, v.assign_add(constant([1.0f32, 1.0])))
            })
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    for tensor in [read, update] {
        let error = session.run(tensor).unwrap_err();
        assert_shape(&error);
        assert_eq!((error.code(), error.status()), ("E-UNINITIALIZED", Status::FailedPrecondition));
        assert_eq!((error.variable(), error.scope()), (Some("a/v"), Some("a")));
    }
}

#[test]
fn a_session_that_is_closed() {
    let graph = Graph::new();
    let c = graph.build(|| constant(1)).unwrap();
    let session = Session::new(&graph).unwrap();
    assert_eq!(session.run(c).unwrap(), arr0(1).into_dyn());
    session.close();
    let error = session.run(c).unwrap_err();
    assert_shape(&error);
    assert_eq!(error.code(), "E-CLOSED");
}

#[test]
fn a_name_that_no_tensor_has_is_answered_with_the_nearest() {
    let graph = Graph::new();
    graph.build(|| variable_scope("model", |_| (named(constant(1.0f32), "logits"), constant(2)))).unwrap();
    let session = Session::new(&graph).unwrap();
    let error = session.run("model/logit").unwrap_err();
    assert_shape(&error);
    assert_eq!((error.code(), error.status()), ("E-NO-TENSOR", Status::NotFound));
    assert!(error.to_string().contains("did you mean `model/logits`?"), "{error}");
    assert_eq!(session.run("model/logits:1").unwrap_err().code(), "E-NO-TENSOR");
    assert_eq!(session.run("model/logits:0").unwrap().into_array::<f32>().unwrap(), arr0(1.0).into_dyn());
}

#[test]
fn check_numerics_names_op_scope_and_source_line() {
    let graph = Graph::new();
    let line = line!() + 1;
    let y = graph.build(|| variable_scope("loss", |_| constant(1.0f32) / constant(0.0f32))).unwrap();
    assert_eq!(Session::new(&graph).unwrap().run(y).unwrap(), arr0(f32::INFINITY).into_dyn());
    let session = Session::with_options(&graph, &Store::new(), SessionOptions::new().check_numerics(true)).unwrap();
    let error = session.run(y).unwrap_err();
    assert_shape(&error);
    assert_eq!((error.code(), error.status()), ("E-NOT-FINITE", Status::DataLoss));
    assert_eq!((error.node(), error.scope()), (Some("loss/truediv"), Some("loss")));
    assert_eq!(error.location().unwrap().line(), line);
}

#[test]
fn a_tensor_of_a_build_that_failed_never_means_a_later_node() {
    let graph = Graph::new();
    let mut kept = None;
    let failed = graph.build(|| {
        kept = Some(constant([1i32, 2]));
        let _ = get_variable::<f32, _, _>("a b", [1], VariableOptions::new());
    });
    assert_eq!(failed.unwrap_err().code(), "E-NAME-CHARACTER");
    let kept = kept.unwrap();
    let later = graph.build(|| constant([1.5f32, 2.5])).unwrap();
    let session = Session::new(&graph).unwrap();
    assert_eq!(session.run(kept).unwrap_err().code(), "E-GRAPH-MIXED");
    assert_eq!(graph.build(|| kept + 1).unwrap_err().code(), "E-GRAPH-MIXED");
    assert_eq!(session.run(later).unwrap().as_slice(), Some(&[1.5, 2.5][..]));
    assert_eq!((graph.len(), graph.name_of(later).as_deref()), (1, Some("Const")));
}

#[test]
fn a_wrong_size_in_a_function_called_twice_is_one_mistake() {
    fn wrong(x: Tensor<f32>) -> Tensor<f32> {
        x + constant([1.0f32, 2.0])
    }
    let graph = Graph::new();
    let error = graph.build(|| (wrong(constant([1.0; 3])), wrong(constant([1.0; 4])))).unwrap_err();
    assert_eq!((error.code(), error.others().len()), ("E-BROADCAST", 0));
}
