//! What runs in a default session or in a given one (U20, U21), and what a session refuses (U30).

use std::collections::BTreeMap;
use tf_core::{
    DefaultSession, Graph, Operation, Session, Status, Tensor, Variable, VariableOptions, constant,
    control_dependencies, get_variable, placeholder, zeros_initializer,
};

fn scalar(name: &str) -> Variable<f32> {
    get_variable(name, [], VariableOptions::new().initializer(zeros_initializer()))
}

#[test]
fn u21_the_innermost_session_of_the_thread_is_the_default_one() {
    let graph = Graph::new();
    let (v, update) = graph
        .build(|| {
            let v = scalar("v");
            (v, v.assign_add(1.0))
        })
        .unwrap();
    let [outer, inner] = [10.0, 20.0].map(|start| {
        let session = Session::new(&graph).unwrap();
        v.load(start, &session).unwrap();
        session
    });
    outer.as_default(|| {
        inner.as_default(|| update.run(DefaultSession).unwrap());
        assert_eq!(v.eval(DefaultSession).unwrap()[[]], 10.0);
        update.op().run(DefaultSession).unwrap();
        let elsewhere = std::thread::scope(|threads| {
            threads.spawn(|| v.eval(DefaultSession).map_err(|error| error.code())).join().unwrap()
        });
        assert_eq!(elsewhere, Err("E-NO-SESSION"), "another thread has a default of its own");
    });
    assert_eq!((v.eval(&outer).unwrap()[[]], v.eval(&inner).unwrap()[[]]), (11.0, 21.0));
    assert!(Session::current().is_none());
}

#[test]
fn u21_a_panic_ends_the_default_session_too() {
    let session = Session::new(&Graph::new()).unwrap();
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| session.as_default(|| panic!("inside"))));
    assert!(unwound.is_err() && Session::current().is_none());
}

#[test]
fn u20_u21_without_a_default_session_each_says_what_to_do() {
    let graph = Graph::new();
    let (v, sum, op) = graph
        .build(|| {
            let v = scalar("v");
            (v, v + 1.0, v.initializer())
        })
        .unwrap();
    let told = |error: tf_core::Error, what: &str| {
        assert_eq!((error.code(), error.status()), ("E-NO-SESSION", Status::FailedPrecondition));
        assert_eq!(error.mistake(), format!("`{what}` is called with no default session"));
        assert!(error.to_string().contains(&format!("`{what}(&session)`")), "{error}");
    };
    told(v.eval(DefaultSession).unwrap_err(), "eval");
    told(sum.eval(DefaultSession).unwrap_err(), "eval");
    told(op.run(DefaultSession).unwrap_err(), "run");
    told(v.load(1.0, DefaultSession).unwrap_err(), "load");
}

#[test]
fn u20_load_gives_a_value_past_control_dependencies_and_refuses_another_shape() {
    let graph = Graph::new();
    let (v, counter) = graph
        .build(|| {
            let counter = scalar("counter");
            let v = control_dependencies([counter.assign_add(1.0)], || {
                get_variable::<f32, _, _>("v", [2], VariableOptions::new())
            });
            (v, counter)
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    counter.load(0.0, &session).unwrap();
    session.as_default(|| v.load(vec![1.0, 2.0], DefaultSession)).unwrap();
    assert_eq!(v.eval(&session).unwrap().as_slice(), Some(&[1.0, 2.0][..]));
    assert_eq!(counter.eval(&session).unwrap()[[]], 0.0);
    let error = v.load(vec![1.0, 2.0, 3.0], &session).unwrap_err();
    assert_eq!((error.code(), error.variable()), ("E-SET-SPEC", Some("v")));
    assert_eq!(v.eval(&session).unwrap().len(), 2);
    let other = Session::new(&Graph::new()).unwrap();
    assert_eq!(v.load(vec![1.0, 2.0], &other).unwrap_err().code(), "E-GRAPH-MIXED");
    session.close();
    assert_eq!(v.load(vec![1.0, 2.0], &session).unwrap_err().code(), "E-CLOSED");
}

#[test]
fn u22_a_fed_variable_is_the_fed_value_wherever_the_run_reads_it() {
    let graph = Graph::new();
    let (v, reads, update, gated) = graph
        .build(|| {
            let v = scalar("v");
            let reads: [Tensor<f32>; 3] = [v.read_value(), v + 1.0, v.initialized_value() * 2.0];
            let other = scalar("other");
            let gated = control_dependencies([other.assign_add(1.0)], || v.read_value());
            (v, reads, v.assign_add(1.0), (gated, other))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    let (itself, reads) = session.run_with((v, reads), &[v.feed(10.0)]).unwrap();
    assert_eq!((itself[[]], reads.map(|read| read[[]])), (10.0, [10.0, 11.0, 20.0]));
    assert_eq!(session.uninitialized_variables().unwrap(), ["v", "other"], "it was not changed");
    session.initialize().unwrap();
    assert_eq!(session.run_with(gated.0, &[v.feed(7.0)]).unwrap()[[]], 7.0);
    assert_eq!(session.run(gated.1).unwrap()[[]], 1.0, "what a fed read waits for still runs");
    assert_eq!(session.run(v).unwrap()[[]], 0.0);
    let error = session.run_with(update, &[v.feed(10.0)]).unwrap_err();
    assert_eq!((error.code(), error.variable(), error.node()), ("E-FEED-CHANGED", Some("v"), Some("AssignAdd_1")));
    let wrong = session.run_with(v, &[v.feed(vec![1.0, 2.0])]).unwrap_err();
    assert_eq!(wrong.code(), "E-FEED-SHAPE");
}

#[test]
fn u27_to_depend_on_a_variable_is_not_to_read_it() {
    let graph = Graph::new();
    let after = graph.build(|| control_dependencies([scalar("v")], || constant(1.0f32))).unwrap();
    let session = Session::new(&graph).unwrap();
    assert_eq!(session.run(after).unwrap()[[]], 1.0, "although `v` has no value");
}

#[test]
fn u30_what_a_session_refuses() {
    let graph = Graph::new();
    let empty = Session::new(&graph).unwrap();
    let error = empty.run("nope:0").unwrap_err();
    assert!(error.code() == "E-NO-TENSOR" && error.to_string().contains("the graph is empty"), "{error}");
    let (x, y) = graph
        .build(|| {
            let x = placeholder::<f32, _>("ph", []);
            (x, x + 1.0)
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    let error = session.run(y).unwrap_err();
    assert!(error.code() == "E-UNFED" && error.to_string().contains("placeholder `ph` of f32[]"), "{error}");
    let error = session.run("nope:0").unwrap_err();
    assert!(error.code() == "E-NO-TENSOR" && error.mistake().contains("`nope:0`"), "{error}");
    let elsewhere = Graph::new().build(|| constant(1.0f32)).unwrap();
    assert_eq!(session.run(elsewhere).unwrap_err().code(), "E-GRAPH-MIXED");
    let mixed = graph.build(|| x + elsewhere).unwrap_err();
    assert_eq!(mixed.code(), "E-GRAPH-MIXED");
    session.close();
    assert_eq!(session.run_with(y, &[x.feed(1.0)]).unwrap_err().code(), "E-CLOSED");
}

#[test]
fn u31_fetches_are_nested_tuples_arrays_vectors_and_maps() {
    let graph = Graph::new();
    let (a, b, op): (Tensor<f32>, Tensor<i64>, Operation) = graph
        .build(|| {
            let a = constant(1.0f32);
            (a, constant(2i64), a.op())
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    let by_name = BTreeMap::from([("both", (a, vec![b, b])), ("again", (a, vec![]))]);
    let (found, (), [one, _], ()) = session.run((by_name, op, [a, a], ())).unwrap();
    assert_eq!((found["both"].0[[]], found["both"].1[1][[]], found["again"].1.len(), one[[]]), (1.0, 2, 0, 1.0));
}

#[test]
fn u23_what_was_fetched_is_a_copy() {
    let graph = Graph::new();
    let (v, update) = graph
        .build(|| {
            let v = scalar("v");
            (v, v.assign_add(1.0))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    let mut fetched = session.run(v).unwrap();
    fetched.fill(9.0);
    assert_eq!(session.run(update).unwrap()[[]], 1.0, "changing it does not change the variable");
    assert_eq!(fetched[[]], 9.0, "nor does a run change it");
}
