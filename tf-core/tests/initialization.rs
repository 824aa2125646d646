//! First values of variables (N rows): initializers, in which order they run, asking for what has no value.

use tf_core::{
    AnyVariable, Graph, NoShape, Session, Tensor, Variable, VariableOptions, collection, constant,
    control_dependencies, get_variable, global_variables_initializer, is_variable_initialized,
    local_variables_initializer, placeholder, random_normal_initializer, report_uninitialized,
    report_uninitialized_variables, variables_initializer, zeros_initializer,
};

#[track_caller]
fn zero(name: &str) -> Variable<f32> {
    get_variable(name, [], VariableOptions::new().initializer(zeros_initializer()))
}

fn random(name: &str) -> Variable<f32> {
    get_variable(name, [8], VariableOptions::new().initializer(random_normal_initializer()))
}

#[track_caller]
fn from(name: &str, value: Tensor<f32>) -> Variable<f32> {
    get_variable(name, NoShape, VariableOptions::new().initializer(value))
}

fn local(name: &str) -> Variable<f32> {
    let options = VariableOptions::new().collections([collection::LOCAL_VARIABLES]);
    get_variable(name, [], options.initializer(zeros_initializer()))
}

fn number(session: &Session, v: Variable<f32>) -> f32 {
    session.run(v).unwrap()[[]]
}

#[test]
fn n3_an_initializer_of_a_list_covers_that_list() {
    let graph = Graph::new();
    let (vs, by_tuple, by_slice, by_one) = graph
        .build(|| {
            let (a, b, c) = (zero("a"), get_variable::<i32, _, _>("b", [2], VariableOptions::new()), zero("c"));
            let list: Vec<AnyVariable> = vec![a.into(), b.into()];
            ((a, b, c), variables_initializer((a, b)), variables_initializer(&list[..]), variables_initializer(c))
        })
        .unwrap();
    assert_eq!(graph.name_of(by_tuple).as_deref(), Some("init"));
    for init in [by_tuple, by_slice] {
        let session = Session::new(&graph).unwrap();
        session.run(init).unwrap();
        session.run((vs.0, vs.1)).unwrap();
        assert_eq!(session.uninitialized_variables().unwrap(), ["c"]);
    }
    let session = Session::new(&graph).unwrap();
    session.run(by_one).unwrap();
    assert_eq!(session.uninitialized_variables().unwrap(), ["a", "b"]);
}

#[test]
fn n3_a_list_with_a_variable_of_another_graph_is_refused() {
    let (one, other) = (Graph::new(), Graph::new());
    let a = one.build(|| zero("a")).unwrap();
    for error in [
        other.build(|| variables_initializer([zero("b"), a])).unwrap_err(),
        other.build(|| report_uninitialized([zero("b"), a])).unwrap_err(),
    ] {
        assert_eq!(error.code(), "E-GRAPH-MIXED");
        assert!(error.mistake().starts_with("variable 1 of the list"), "{error}");
        assert_eq!(error.location().unwrap().file(), file!());
    }
}

#[test]
fn n9_what_has_no_value_is_reported_globals_first() {
    let graph = Graph::new();
    let (report, inits, of_list, empty) = graph
        .build(|| {
            let in_none = VariableOptions::new().collections(["my_own"]).trainable(false);
            let (_, _, one) = (local("l"), zero("a"), zero("scope/b"));
            let elsewhere: Variable<f32> = get_variable("elsewhere", [], in_none);
            let inits = [one.initializer(), global_variables_initializer(), local_variables_initializer()];
            let empty: [AnyVariable; 0] = [];
            (report_uninitialized_variables(), inits, report_uninitialized(elsewhere), report_uninitialized(empty))
        })
        .unwrap();
    assert_eq!(report.shape().to_string(), "[?]");
    let session = Session::new(&graph).unwrap();
    let now = |report: Tensor<String>| session.run(report).unwrap().into_raw_vec_and_offset().0;
    assert_eq!(now(report), ["a", "scope/b", "l"]);
    for (init, left) in inits.into_iter().zip([&["a", "l"][..], &["l"], &[]]) {
        session.run(init).unwrap();
        assert_eq!(now(report), left);
    }
    assert_eq!(now(of_list), ["elsewhere"], "it is in neither collection, so only a list has it");
    assert!(now(empty).is_empty());
    assert_eq!(session.uninitialized_variables().unwrap(), ["elsewhere"], "the session itself knows all");
}

#[test]
fn n10_whether_a_variable_has_a_value() {
    let graph = Graph::new();
    let (there, assign) = graph
        .build(|| {
            let v = zero("v");
            (is_variable_initialized(v), v.assign(1.0))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    assert!(!session.run(there).unwrap()[[]]);
    session.run(assign).unwrap();
    assert!(session.run(there).unwrap()[[]]);
}

#[test]
fn n12_initialized_value_is_the_value_or_else_the_initial_value_and_initializes_nothing() {
    let graph = Graph::new();
    let (v, value, assign) = graph
        .build(|| {
            let v = from("v", constant(5.0f32));
            (v, v.initialized_value() + 1.0, v.assign(2.0))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    assert_eq!(session.run(value).unwrap()[[]], 6.0);
    assert_eq!(session.run(v).unwrap_err().code(), "E-UNINITIALIZED", "it was not given its initial value");
    session.run(assign).unwrap();
    assert_eq!(session.run(value).unwrap()[[]], 3.0);
}

#[test]
fn n12_the_initial_value_is_computed_only_where_it_is_needed() {
    let graph = Graph::new();
    let (x, v, value, twice) = graph
        .build(|| {
            let x = placeholder::<f32, _>("x", []);
            let v = from("v", x * 2.0);
            let w = from("w", v.initialized_value());
            (x, v, v.initialized_value(), w.initialized_value() + v.initialized_value())
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    assert_eq!(session.run(value).unwrap_err().code(), "E-UNFED", "the initial value is asked for");
    assert_eq!(session.run_with(twice, &[x.feed(3.0)]).unwrap()[[]], 12.0, "through two initial values");
    v.load(4.0, &session).unwrap();
    assert_eq!(session.run(value).unwrap()[[]], 4.0, "now it is not, so nothing has to be fed");
    assert_eq!(session.run(twice).unwrap()[[]], 8.0);
}

#[test]
fn n13_the_guides_w_is_v_and_one() {
    let graph = Graph::new();
    let (w, init) = graph
        .build(|| {
            let v = zero("v");
            let w = from("w", v.initialized_value() + 1.0);
            (w, global_variables_initializer())
        })
        .unwrap();
    for _ in 0..20 {
        let session = Session::new(&graph).unwrap();
        session.run(init).unwrap();
        assert_eq!(number(&session, w), 1.0);
    }
    let session = Session::new(&graph).unwrap();
    let initializer = graph.build(|| w.initializer()).unwrap();
    session.run(initializer).unwrap();
    assert_eq!(number(&session, w), 1.0, "also where v has no value");
    assert_eq!(session.uninitialized_variables().unwrap(), ["v"]);
}

#[test]
fn n15_a_random_initial_value_is_drawn_once_in_a_run() {
    let graph = Graph::new();
    let (v, a, b, only_a_and_b, init) = graph
        .build(|| {
            let v = random("v");
            let (a, b) = (from("a", v.initialized_value()), from("b", v.initialized_value()));
            (v, a, b, variables_initializer([a, b]), global_variables_initializer())
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.run(only_a_and_b).unwrap();
    let (a_alone, b_alone) = session.run((a, b)).unwrap();
    assert_eq!(a_alone, b_alone, "one draw for both");
    session.run(init).unwrap();
    let (v, a, b) = session.run((v, a, b)).unwrap();
    assert!(v == a && v == b && a != a_alone, "one draw for all three, and a new one");
}

#[test]
fn n14_initial_values_are_ordered_by_dependency_however_late_they_were_given() {
    let graph = Graph::new();
    let (all, init) = graph
        .build(|| {
            let (first, second) = (zero("first"), zero("second"));
            let third = from("third", second * 10.0);
            second.set_initial_value(first + 1.0);
            first.set_initial_value(constant(4.0f32));
            ([first, second, third], global_variables_initializer())
        })
        .unwrap();
    let by_op = Session::new(&graph).unwrap();
    by_op.run(init).unwrap();
    let by_session = Session::new(&graph).unwrap();
    by_session.initialize().unwrap();
    for session in [by_op, by_session] {
        assert_eq!(all.map(|v| number(&session, v)), [4.0, 5.0, 50.0]);
        // Initialized alone, one starts from what the others have then.
        all[1].load(7.0, &session).unwrap();
        assert_eq!(session.initialize_where(|variable| variable.name == "third").unwrap(), ["third"]);
        assert_eq!(all.map(|v| number(&session, v)), [4.0, 7.0, 70.0]);
    }
}

#[test]
fn n14_a_variable_without_a_value_is_named_by_who_starts_from_it_alone() {
    let graph = Graph::new();
    let initializer = graph
        .build(|| {
            let v = zero("v");
            from("w", v + 1.0).initializer()
        })
        .unwrap();
    let error = Session::new(&graph).unwrap().run(initializer).unwrap_err();
    assert_eq!((error.code(), error.variable()), ("E-UNINITIALIZED", Some("v")));
}

#[test]
fn a_circle_of_initial_values_is_printed() {
    let graph = Graph::new();
    let line = line!() + 3;
    let (v, w, init) = graph
        .build(|| {
            let v = zero("part/v");
            let w = from("w", v + 1.0);
            let x = from("x", w * 2.0);
            let _ = from("apart", x + 1.0);
            v.set_initial_value(x + 1.0);
            (v, w, global_variables_initializer())
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    for error in [session.run(init).unwrap_err(), session.initialize().unwrap_err()] {
        assert_eq!((error.code(), error.variable()), ("E-INITIAL-CYCLE", Some("part/v")));
        let file = file!();
        let words = error.to_string();
        assert!(words.contains("in a circle: `part/v` -> `x` -> `w` -> `part/v`"), "{words}");
        for (name, line, from) in [("part/v", line, "x"), ("x", line + 2, "w"), ("w", line + 1, "part/v")] {
            let told = words.lines().any(|told| {
                told.starts_with(&format!("  `{name}`, created at {file}:{line}:"))
                    && told.ends_with(&format!("starts from `{from}`"))
            });
            assert!(told, "{name}: {words}");
        }
        assert!(!words.contains("apart"), "{words}");
    }
    // Each alone is no circle: the other has a value.
    w.load(3.0, &session).unwrap();
    assert_eq!(session.initialize_where(|variable| variable.name == "x").unwrap(), ["x"]);
    assert_eq!(session.initialize_where(|variable| variable.name == "part/v").unwrap(), ["part/v"]);
    assert_eq!(number(&session, v), 7.0);
}

#[test]
fn a_variable_that_starts_from_itself_is_a_circle_too() {
    let graph = Graph::new();
    graph
        .build(|| {
            let v = zero("v");
            v.set_initial_value(v + 1.0);
        })
        .unwrap();
    let error = Session::new(&graph).unwrap().initialize().unwrap_err();
    assert!(error.mistake().ends_with("in a circle: `v` -> `v`"), "{error}");
    let graph = Graph::new();
    graph
        .build(|| {
            let (v, w) = (zero("v"), zero("w"));
            let after = control_dependencies([v.initializer()], || w + 1.0);
            w.set_initial_value(control_dependencies([after], || v + 0.0));
            v.set_initial_value(w + 0.0);
        })
        .unwrap();
    let error = Session::new(&graph).unwrap().initialize().unwrap_err();
    assert_eq!(error.code(), "E-INITIAL-CYCLE", "{error}");
}

#[test]
fn n1_n5_another_initial_value_is_another_initializer() {
    let graph = Graph::new();
    let (v, before, init, after) = graph
        .build(|| {
            let v = zero("v");
            let (before, init) = (v.initializer(), global_variables_initializer());
            v.set_initial_value(9.0);
            (v, before, init, (v.initializer(), v.initial_value()))
        })
        .unwrap();
    assert_eq!(graph.name_of(before).as_deref(), Some("v/Assign"));
    assert_eq!(graph.name_of(after.0).as_deref(), Some("v/Assign_1"));
    let session = Session::new(&graph).unwrap();
    session.run(init).unwrap();
    assert_eq!(number(&session, v), 0.0, "as of when it was made");
    session.run(after.0).unwrap();
    assert_eq!((number(&session, v), session.run(after.1).unwrap()[[]]), (9.0, 9.0));
}

#[test]
fn an_initial_value_that_does_not_fit_is_refused_and_a_failed_build_takes_it_back() {
    let graph = Graph::new();
    let v = graph.build(|| zero("v")).unwrap();
    let error = graph.build(|| v.set_initial_value(constant([1.0f32, 2.0]))).unwrap_err();
    assert_eq!(error.code(), "E-ASSIGN-SHAPE");
    let failed = graph.build(|| {
        v.set_initial_value(3.0);
        zero("v")
    });
    assert_eq!(failed.unwrap_err().code(), "E-EXISTS");
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    assert_eq!(number(&session, v), 0.0);
    let other = Graph::new().build(|| v.set_initial_value(3.0)).unwrap_err();
    assert_eq!(other.code(), "E-GRAPH-MIXED");
}

#[test]
fn n16_what_has_a_value_is_not_initialized_again() {
    let graph = Graph::new();
    let (v, w) = graph
        .build(|| {
            let v = from("v", placeholder::<f32, _>("x", []) * 2.0);
            (v, from("w", v + 1.0))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    v.load(3.0, &session).unwrap();
    assert_eq!(session.initialize_missing().unwrap(), ["w"], "the initializer of v would have to be fed");
    assert_eq!((number(&session, v), number(&session, w)), (3.0, 4.0));
    assert!(session.initialize_missing().unwrap().is_empty());
    assert_eq!(session.initialize().unwrap_err().code(), "E-UNFED");
}
