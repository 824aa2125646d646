//! Where values live (U28, U29): private sessions, servers with containers, resets; shared by sessions, threads and graphs.

use tf_core::{
    Graph, Server, Session, SessionOptions, Store, Tensor, Value, Variable, VariableOptions, constant, container,
    get_variable, variable_scope, zeros_initializer,
};

fn scalar(name: &str) -> Variable<f32> {
    get_variable(name, [], VariableOptions::new().initializer(zeros_initializer()))
}

/// A graph with a variable `v` and an update that adds to it.
fn counting(by: f32) -> (Graph, Variable<f32>, Tensor<f32>) {
    let graph = Graph::new();
    let (v, update) = graph
        .build(|| {
            let v = scalar("v");
            (v, v.assign_add(by))
        })
        .unwrap();
    (graph, v, update)
}

fn number(session: &Session, v: Variable<f32>) -> f32 {
    session.run(v).unwrap()[[]]
}

#[test]
fn u28_a_private_session_has_values_of_its_own() {
    let (graph, v, update) = counting(1.0);
    let [one, two] = [0, 1].map(|_| Session::new(&graph).unwrap());
    one.initialize().unwrap();
    one.run(update).unwrap();
    assert_eq!(number(&one, v), 1.0);
    assert_eq!(two.run(v).unwrap_err().code(), "E-UNINITIALIZED");
    assert!(!one.server().is(two.server()) && !one.store().is(two.store()));
}

#[test]
fn u29_values_on_a_server_are_shared_by_name_and_survive_sessions() {
    let server = Server::new();
    let (graph, v, update) = counting(1.0);
    let first = Session::with_server(&graph, &server).unwrap();
    first.initialize().unwrap();
    first.run(update).unwrap();
    let second = Session::with_server(&graph, &server).unwrap();
    assert_eq!(number(&second, v), 1.0);
    first.close();
    assert_eq!(first.run(v).unwrap_err().code(), "E-CLOSED");
    drop(first);
    second.run(update).unwrap();
    let (another, same, add_ten) = counting(10.0);
    let third = Session::with_server(&another, &server).unwrap();
    third.run(add_ten).unwrap();
    assert_eq!((number(&third, same), number(&second, v)), (12.0, 12.0), "another graph sees the same storage");
    assert_eq!(server.container("").get("v").unwrap().as_slice::<f32>(), Some(&[12.0][..]));
}

#[test]
fn u29_another_graph_must_mean_the_same_by_a_name() {
    let server = Server::new();
    let (graph, ..) = counting(1.0);
    let _held = Session::with_server(&graph, &server).unwrap();
    let other = Graph::new();
    let _ = other.build(|| get_variable::<f32, _, _>("v", [2], VariableOptions::new())).unwrap();
    let error = Session::with_server(&other, &server).unwrap_err();
    assert_eq!((error.code(), error.variable()), ("E-STORE-SPEC", Some("v")));
    server.reset(&[]);
    Session::with_server(&other, &server).unwrap().initialize().unwrap();
}

#[test]
fn u29_threads_on_one_server_lose_no_update() {
    let server = Server::new();
    let (graph, v, _) = counting(1.0);
    Session::with_server(&graph, &server).unwrap().initialize().unwrap();
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                let (graph, _, update) = counting(1.0);
                let session = Session::with_server(&graph, &server).unwrap();
                (0..100).for_each(|_| session.run(update.op()).unwrap());
            });
        }
    });
    assert_eq!(number(&Session::with_server(&graph, &server).unwrap(), v), 400.0);
}

#[test]
fn u29_variables_are_in_the_container_that_is_said_when_they_are_created() {
    let graph = Graph::new();
    let all = graph
        .build(|| {
            let outside = scalar("outside");
            let (a, inner, b) = container("a", || {
                let a = variable_scope("part", |_| scalar("v"));
                (a, container("b", || scalar("inner")), scalar("after_inner"))
            });
            [outside, a, inner, b, scalar("after")]
        })
        .unwrap();
    let server = Server::new();
    let session = Session::with_server(&graph, &server).unwrap();
    session.initialize().unwrap();
    assert_eq!(server.containers(), ["", "a", "b"]);
    assert_eq!(server.container("").names(), ["after", "outside"]);
    assert_eq!(server.container("a").names(), ["after_inner", "part/v"]);
    assert_eq!(server.container("b").names(), ["inner"]);
    for (index, v) in all.into_iter().enumerate() {
        v.load(index as f32, &session).unwrap();
    }
    server.reset(&["a"]);
    assert_eq!(session.uninitialized_variables().unwrap(), ["part/v", "after_inner"]);
    assert_eq!((number(&session, all[0]), number(&session, all[2])), (0.0, 2.0), "other containers stay");
    let again = Session::with_server(&graph, &server).unwrap();
    again.initialize_missing().unwrap();
    all[1].load(5.0, &again).unwrap();
    assert_eq!(number(&session, all[1]), 5.0, "sessions from before the reset see what came after it");
}

#[test]
fn u29_a_variable_of_one_name_is_another_one_in_another_container() {
    let server = Server::new();
    let graph_in = |name: &str| {
        let graph = Graph::new();
        let v = graph.build(|| container(name, || scalar("v"))).unwrap();
        (Session::with_server(&graph, &server).unwrap(), v)
    };
    let ((one, v), (other, w)) = (graph_in("one"), graph_in("other"));
    v.load(1.0, &one).unwrap();
    w.load(2.0, &other).unwrap();
    assert_eq!((number(&one, v), number(&other, w)), (1.0, 2.0));
    server.reset(&["one"]);
    assert_eq!(one.run(v).unwrap_err().code(), "E-UNINITIALIZED");
    assert_eq!(number(&other, w), 2.0);
}

#[test]
fn a_container_ends_with_its_block_also_by_a_panic() {
    let graph = Graph::new();
    let names = graph
        .build(|| {
            let unwound = std::panic::catch_unwind(|| container("inside", || panic!("out of the block")));
            assert!(unwound.is_err());
            scalar("v").name()
        })
        .unwrap();
    assert_eq!(names, "v");
    let session = Session::new(&graph).unwrap();
    assert_eq!(session.store().names(), ["v"]);
}

#[test]
fn a_store_is_a_server_of_one_container() {
    let (graph, v, update) = counting(1.0);
    let store = Store::new();
    let options = SessionOptions::new().check_numerics(true);
    let (by_store, by_options) =
        (Session::with_store(&graph, &store).unwrap(), Session::with_options(&graph, &store, options).unwrap());
    by_store.initialize().unwrap();
    by_options.run(update).unwrap();
    assert_eq!(number(&by_store, v), 1.0);
    by_store.server().reset(&[]);
    assert_eq!(by_options.run(v).unwrap_err().code(), "E-UNINITIALIZED", "it is the same store");
    store.set("v", Value::scalar(3.0f32)).unwrap();
    assert_eq!((number(&by_store, v), number(&by_options, v)), (3.0, 3.0));
}

#[test]
fn a_run_after_a_reset_and_a_new_variable_finds_both() {
    let (graph, v, update) = counting(1.0);
    let server = Server::new();
    let session = Session::with_server(&graph, &server).unwrap();
    session.initialize().unwrap();
    server.reset(&[]);
    let w = graph.build(|| container("late", || get_variable::<f32, _, _>("w", [], VariableOptions::new()))).unwrap();
    session.initialize().unwrap();
    session.run(update).unwrap();
    let sum = graph.build(|| v + w * 0.0 + constant(1.0)).unwrap();
    assert_eq!(session.run(sum).unwrap()[[]], 2.0);
}
