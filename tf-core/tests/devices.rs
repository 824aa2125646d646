//! Device scopes, device functions and colocation: the V rows about what a graph records.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};
use tf_core::*;

/// The device of each op, by name.
fn devices(graph: &Graph) -> Vec<(String, String)> {
    graph.devices().into_iter().map(|(name, device)| (name, device.to_string())).collect()
}

fn device_of(graph: &Graph, op: impl Into<Operation>) -> String {
    graph.device_of(op).expect("the op is of this graph").to_string()
}

fn variable(name: &str) -> Variable<f32> {
    get_variable(name, [2], VariableOptions::new().initializer(ones_initializer()))
}

/// The device of a constant made in what `build` opens.
fn placed(build: impl FnOnce(&dyn Fn() -> Tensor<f32>) -> Tensor<f32>) -> String {
    let graph = Graph::new();
    let x = graph.build(|| build(&|| constant(1.0))).unwrap();
    device_of(&graph, x)
}

#[test]
fn v1_scopes_merge_part_by_part_and_the_inner_one_wins() {
    let found = placed(|x| device("/job:a/task:0/gpu:0", || device("/job:b", x)));
    assert_eq!(found, "/job:b/task:0/device:GPU:0");
    let found = placed(|x| device("/gpu:1", || device(DeviceSpec::new().task(2), || device("/gpu", x))));
    assert_eq!(found, "/task:2/device:GPU:1");
}

#[test]
fn v2_v3_nothing_clears_and_an_empty_text_has_no_effect() {
    assert_eq!(placed(|x| device("/gpu:0", || device(None, || device("/job:x", x)))), "/job:x");
    assert_eq!(placed(|x| device("/gpu:0", || device(None, x))), "");
    assert_eq!(placed(|x| device("/gpu:0", || device("", x))), "/device:GPU:0");
    assert_eq!(placed(|x| device("/gpu:0", || device(Some("/job:a"), x))), "/job:a/device:GPU:0");
}

#[test]
fn v4_a_function_replaces_what_the_scopes_inside_it_came_to() {
    let f = |_: &DeviceOp<'_>| "/job:f";
    assert_eq!(placed(|x| device(f, || device("/gpu:0", x))), "/job:f");
    assert_eq!(placed(|x| device("/gpu:0", || device(f, x))), "/job:f/device:GPU:0");
    let keeps = |op: &DeviceOp<'_>| op.device().merge(&DeviceSpec::new().task(7));
    assert_eq!(placed(|x| device(keeps, || device("/gpu:0", x))), "/task:7/device:GPU:0");
    assert_eq!(placed(|x| device(keeps, || device(None, x))), "");
}

#[test]
fn v4_a_function_is_asked_once_for_each_op_in_the_order_they_are_made() {
    let graph = Graph::new();
    type Seen = Vec<(String, &'static str, String)>;
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let record = {
        let seen = seen.clone();
        move |op: &DeviceOp<'_>| {
            let mut seen = seen.lock().unwrap();
            seen.push((op.name().to_owned(), op.type_name(), op.device().to_string()));
            assert_eq!((op.outputs().len(), op.location().file()), (1, file!()));
            format!("/task:{}", seen.len())
        }
    };
    let (v, y) = graph
        .build(|| {
            device(record, || {
                let v = variable("v");
                let one = device("/cpu:0", || constant(1.0));
                (v, v + one)
            })
        })
        .unwrap();
    // Not for the initial value, its assignment and the read: they are placed beside the variable.
    assert_eq!(
        *seen.lock().unwrap(),
        [
            ("v".to_owned(), "VarHandleOp", String::new()),
            ("Const".to_owned(), "Const", "/device:CPU:0".to_owned()),
            ("add".to_owned(), "AddV2", String::new()),
        ]
    );
    assert_eq!((device_of(&graph, v), device_of(&graph, y)), ("/task:1".to_owned(), "/task:3".to_owned()));
}

#[test]
fn v5_a_function_may_fail_and_may_read_its_graph_but_makes_no_ops() {
    let graph = Graph::new();
    let error = graph.build(|| device(|_: &DeviceOp<'_>| "/gpx:0", || constant(1.0f32))).unwrap_err();
    assert_eq!((error.code(), error.node()), ("E-DEVICE", Some("Const")));
    assert!(error.location().is_some_and(|at| at.file() == file!()), "{error}");

    let error = graph.build(|| device(|_: &DeviceOp<'_>| constant(2.0f32).device(), || constant(1.0f32))).unwrap_err();
    assert_eq!(error.code(), "E-DEVICE-FUNCTION", "{error}");
    assert!(graph.is_empty());

    let reading = graph.clone();
    let count = move |_: &DeviceOp<'_>| format!("/task:{}", reading.len());
    let x = graph.build(|| device(count, || constant(1.0f32))).unwrap();
    assert_eq!(device_of(&graph, x), "/task:1");
}

#[test]
fn v6_a_wrong_text_is_a_mistake_with_carets_at_the_line_of_the_scope() {
    let graph = Graph::new();
    let line = line!() + 1;
    let error = graph.build(|| device("/job:a/foo:1", || constant(1.0f32))).unwrap_err();
    assert_eq!((error.code(), error.location().unwrap().line()), ("E-DEVICE", line));
    assert_eq!(error.mistake(), "`/job:a/foo:1` is no device: no part is called `foo`");
    assert!(error.to_string().contains("\n    /job:a/foo:1\n           ^^^\n"), "{error}");
    let error = graph.build(|| device(replica_device_setter().ps_device("/gpu:x"), || ())).unwrap_err();
    assert_eq!(error.code(), "E-DEVICE");
}

#[test]
fn v7_a_variable_takes_its_assignment_and_reads_along_and_its_initial_value_follows_it() {
    let graph = Graph::new();
    let v = graph
        .build(|| {
            let v = device("/gpu:1", || variable("v"));
            let _ = v + 1.0;
            v
        })
        .unwrap();
    let found = devices(&graph);
    let of = |name: &str| found.iter().find(|(op, _)| op == name).map(|(_, device)| device.as_str());
    assert_eq!(of("v"), Some("/device:GPU:1"));
    assert_eq!(of("v/Assign"), Some("/device:GPU:1"));
    assert_eq!(of("ReadVariableOp"), Some("/device:GPU:1"));
    assert_eq!(of("add"), Some(""));
    let initial = found.iter().find(|(op, _)| op.starts_with("v/Initializer/")).unwrap();
    assert_eq!(initial.1, "");
    graph
        .build(|| {
            assert_eq!(graph.colocated_with(v.initial_value()), ["v"]);
            assert_eq!((v.device(), v.initializer().device()), ("/device:GPU:1".into(), "/device:GPU:1".into()));
        })
        .unwrap();
    assert_eq!(graph.variables()[0].device.to_string(), "/device:GPU:1");
}

#[test]
fn v10_v11_updates_stay_beside_the_variable_and_read_value_goes_to_the_scope() {
    let graph = Graph::new();
    let (update, read, used) = graph
        .build(|| {
            let v = device("/job:ps/task:0", || variable("v"));
            device("/job:worker", || (v.assign_add(constant([1.0, 1.0])), v.read_value(), v * 2.0))
        })
        .unwrap();
    assert_eq!(device_of(&graph, update), "/job:ps/task:0");
    assert_eq!(graph.colocated_with(update), ["v"]);
    assert_eq!(device_of(&graph, read), "/job:worker");
    assert_eq!(device_of(&graph, used), "/job:worker");
    let found = devices(&graph);
    assert!(found.contains(&("ReadVariableOp_1".into(), "/job:ps/task:0".into())), "{found:?}");
}

#[test]
fn v12_neighbours_share_a_device_do_not_chain_and_add_up() {
    let graph = Graph::new();
    graph
        .build(|| {
            let a = device("/cpu:0", || identity(constant(1.0f32)));
            let b = identity(constant(2.0f32));
            let c = device("/gpu:0", || colocate_with(a, || identity(constant(3.0f32))));
            assert_eq!((c.device(), graph.colocated_with(c)), ("/device:CPU:0".into(), vec!["Identity".to_owned()]));
            let d = colocate_with(c, || identity(constant(4.0f32)));
            assert_eq!(graph.colocated_with(d), ["Identity"]);
            let both = colocate_with(a, || colocate_with(b, || identity(constant(5.0f32))));
            assert_eq!(graph.colocated_with(both), ["Identity", "Identity_1"]);
            assert_eq!(both.device(), "/device:CPU:0");
            let only = colocate_with(a, || colocate_only_with(b, || identity(constant(6.0f32))));
            assert_eq!((graph.colocated_with(only), only.device()), (vec!["Identity_1".to_owned()], String::new()));
            let none = colocate_with(a, || without_colocation(|| identity(constant(7.0f32))));
            assert_eq!((graph.colocated_with(none), none.device()), (vec!["Identity_6".to_owned()], String::new()));
        })
        .unwrap();
}

#[test]
fn v13_a_neighbour_wins_over_a_device_scope_inside() {
    let graph = Graph::new();
    let (inside, open) = graph
        .build(|| {
            let a = device("/job:ps/task:0", || constant(1.0f32));
            let b = constant(2.0f32);
            let inside = colocate_with(a, || device("/gpu:3", || constant(3.0f32)));
            (inside, colocate_with(b, || device("/gpu:3", || constant(4.0f32))))
        })
        .unwrap();
    assert_eq!(device_of(&graph, inside), "/job:ps/task:0");
    assert_eq!(device_of(&graph, open), "/device:GPU:3");
    let other = Graph::new();
    assert_eq!(other.build(|| colocate_with(inside, || ())).unwrap_err().code(), "E-GRAPH-MIXED");
    assert_eq!((other.device_of(inside), other.colocated_with(inside)), (None, Vec::new()));
}

#[test]
fn v14_a_scope_ends_with_its_closure_also_on_a_panic() {
    let graph = Graph::new();
    let x = graph
        .build(|| {
            let inside = std::panic::catch_unwind(|| device("/gpu:0", || panic!("of the test")));
            assert!(inside.is_err());
            constant(1.0f32)
        })
        .unwrap();
    assert_eq!(device_of(&graph, x), "");
}

#[test]
fn scopes_belong_to_a_thread_and_a_graph() {
    let (outer, inner) = (Graph::new(), Graph::new());
    outer
        .build(|| {
            device("/gpu:0", || {
                let x = inner.build(|| constant(1.0f32)).unwrap();
                assert_eq!(device_of(&inner, x), "");
                assert_eq!(constant(1.0f32).device(), "/device:GPU:0");
            })
        })
        .unwrap();
}

#[test]
fn a_function_keeps_its_state_over_scopes_and_graphs() {
    let turn = Arc::new(AtomicU32::new(0));
    let next = move |_: &DeviceOp<'_>| format!("/task:{}", turn.fetch_add(1, Ordering::Relaxed));
    let next = Arc::new(next);
    for expected in ["/task:0", "/task:1"] {
        let next = next.clone();
        assert_eq!(placed(|x| device(move |op: &DeviceOp<'_>| next(op), x)), expected);
    }
}

#[test]
fn a_shared_variable_stays_where_it_was_created() {
    let graph = Graph::new();
    let found = graph
        .build(|| {
            let share = || variable_scope(scope("m").reuse(AUTO_REUSE), |_| variable("v"));
            let _ = device("/cpu:0", share);
            device("/cpu:1", share).device()
        })
        .unwrap();
    assert_eq!(found, "/device:CPU:0");
}
