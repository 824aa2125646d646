//! Variables in use, against TensorFlow's behaviour (U and N rows): reads, updates, control dependencies, initialization.
//! Variables have value semantics, as TensorFlow's resource variables: what was read does not change.

use tf_core::{
    Graph, NoDependencies, NoShape, Session, Store, Variable, VariableOptions, collection, constant,
    control_dependencies, get_variable, global_variables_initializer, group, local_variables_initializer, placeholder,
    zeros_initializer,
};

fn scalar(name: &str) -> Variable<f32> {
    get_variable(name, [], VariableOptions::new().initializer(zeros_initializer()))
}

fn initialized(graph: &Graph) -> Session {
    let session = Session::new(graph).unwrap();
    session.initialize().unwrap();
    session
}

fn value(array: &ndarray::ArrayD<f32>) -> f32 {
    array[[]]
}

#[test]
fn u1_u2_each_use_of_a_variable_is_a_read_of_its_own_made_where_it_is_used() {
    let graph = Graph::new();
    let (one, two) = graph
        .build(|| {
            let v = scalar("v");
            (v.value(), v.read_value())
        })
        .unwrap();
    assert_ne!(one.op(), two.op());
    assert_eq!(graph.name_of(two).as_deref(), Some("ReadVariableOp_1"));
    let (one, two) = initialized(&graph).run((one, two)).unwrap();
    assert_eq!((value(&one), value(&two)), (0.0, 0.0));
}

#[test]
fn u3_a_read_under_a_dependency_on_an_update_sees_it() {
    let graph = Graph::new();
    let read = graph
        .build(|| {
            let v = scalar("v");
            control_dependencies([v.assign_add(1.0)], || v.read_value())
        })
        .unwrap();
    let session = initialized(&graph);
    for expected in 1..=100 {
        assert_eq!(value(&session.run(read).unwrap()), expected as f32);
    }
}

#[test]
fn u4_using_a_variable_under_a_dependency_reads_it_there() {
    let graph = Graph::new();
    let used = graph
        .build(|| {
            let v = scalar("v");
            control_dependencies([v.assign_add(1.0)], || v + 0.0)
        })
        .unwrap();
    assert_eq!(value(&initialized(&graph).run(used).unwrap()), 1.0);
}

#[test]
fn u5_what_was_read_before_an_update_stays_as_it_was() {
    let graph = Graph::new();
    let (old, new) = graph
        .build(|| {
            let v = scalar("v");
            let old = v.read_value();
            (old, control_dependencies([old], || v.assign_add(1.0)))
        })
        .unwrap();
    let (old, new) = initialized(&graph).run((old, new)).unwrap();
    assert_eq!((value(&old), value(&new)), (0.0, 1.0));
}

#[test]
fn u6_what_no_dependency_orders_runs_in_the_order_it_was_made() {
    let graph = Graph::new();
    let (v, update) = graph
        .build(|| {
            let v = scalar("v");
            (v, v.assign_add(1.0))
        })
        .unwrap();
    for _ in 0..20 {
        let (old, new) = initialized(&graph).run((v, update)).unwrap();
        assert_eq!((value(&old), value(&new)), (0.0, 1.0));
    }
}

#[test]
fn u7_two_updates_in_one_run_are_both_applied() {
    let graph = Graph::new();
    let (v, updates) = graph
        .build(|| {
            let v = scalar("v");
            (v, [v.assign_add(1.0), v.assign_add(10.0)])
        })
        .unwrap();
    let session = initialized(&graph);
    let values = session.run(updates).unwrap();
    assert_eq!(values.iter().map(value).fold(0.0, f32::max), 11.0, "the later one sees both");
    assert_eq!(value(&session.run(v).unwrap()), 11.0);
}

#[test]
fn u8_an_op_that_is_fetched_twice_runs_once() {
    let graph = Graph::new();
    let update = graph.build(|| scalar("v").assign_add(1.0)).unwrap();
    let (one, two) = initialized(&graph).run((update, update)).unwrap();
    assert_eq!((value(&one), value(&two)), (1.0, 1.0));
}

#[test]
fn u9_an_update_is_a_tensor_or_its_operation_which_yields_nothing() {
    let graph = Graph::new();
    let (v, update) = graph
        .build(|| {
            let v = scalar("v");
            (v, v.assign_sub(2.0))
        })
        .unwrap();
    let session = initialized(&graph);
    assert_eq!(value(&session.run(update).unwrap()), -2.0);
    let () = session.run(update.op()).unwrap();
    assert_eq!(value(&session.run(v).unwrap()), -4.0);
}

#[test]
fn u10_an_update_of_what_an_assignment_left_follows_it() {
    let graph = Graph::new();
    let chained = graph
        .build(|| {
            let v = scalar("v");
            control_dependencies([v.assign(5.0)], || v.assign_add(2.0))
        })
        .unwrap();
    assert_eq!(value(&Session::new(&graph).unwrap().run(chained).unwrap()), 7.0);
}

#[test]
fn u10_the_result_of_an_update_is_the_new_value() {
    let graph = Graph::new();
    let (sum, v) = graph
        .build(|| {
            let v = scalar("v");
            (v.assign_add(1.0) + 10.0, v)
        })
        .unwrap();
    let session = initialized(&graph);
    assert_eq!(value(&session.run(sum).unwrap()), 11.0);
    assert_eq!(value(&session.run(v).unwrap()), 1.0);
}

#[test]
fn u24_an_update_that_nothing_asks_for_does_not_run() {
    let graph = Graph::new();
    let v = graph
        .build(|| {
            let v = scalar("v");
            let _ = v.assign_add(1.0);
            v
        })
        .unwrap();
    assert_eq!(value(&initialized(&graph).run(v).unwrap()), 0.0);
}

#[test]
fn u25_control_dependencies_add_up_can_be_cleared_and_hold_for_what_is_made_inside() {
    let graph = Graph::new();
    let (both, cleared, outside, a, b) = graph
        .build(|| {
            let (a, b) = (scalar("a"), scalar("b"));
            let outside = constant(1.0f32);
            let (both, cleared) = control_dependencies([a.assign_add(1.0)], || {
                control_dependencies([b.assign_add(1.0)], || {
                    (constant(2.0f32), control_dependencies(NoDependencies, || constant(3.0f32)))
                })
            });
            let outside = control_dependencies([a.assign_add(1.0)], || outside);
            (both, cleared, outside, a, b)
        })
        .unwrap();
    let session = initialized(&graph);
    let now = || {
        let (a, b) = session.run((a, b)).unwrap();
        (value(&a), value(&b))
    };
    session.run((cleared, outside)).unwrap();
    assert_eq!(now(), (0.0, 0.0), "cleared, or made outside");
    session.run(both).unwrap();
    assert_eq!(now(), (1.0, 1.0), "the union of both blocks");
}

#[test]
fn u26_what_an_update_in_a_block_takes_waits_as_the_update_does() {
    let graph = Graph::new();
    let (update, v) = graph
        .build(|| {
            let (v, other) = (scalar("v"), scalar("other"));
            (control_dependencies([other.assign_add(1.0)], || v.assign(other + 2.0)), v)
        })
        .unwrap();
    let session = initialized(&graph);
    session.run(update).unwrap();
    assert_eq!(value(&session.run(v).unwrap()), 3.0);
}

#[test]
fn u25_a_group_runs_what_it_groups() {
    let graph = Graph::new();
    let (group, v) = graph
        .build(|| {
            let v = scalar("v");
            (group([v.assign_add(1.0), v.assign_add(2.0)]), v)
        })
        .unwrap();
    let session = initialized(&graph);
    session.run(group).unwrap();
    assert_eq!(value(&session.run(v).unwrap()), 3.0);
}

#[test]
fn u28_u29_sessions_share_values_if_they_share_a_store() {
    let graph = Graph::new();
    let (v, update) = graph
        .build(|| {
            let v = scalar("v");
            (v, v.assign(5.0))
        })
        .unwrap();
    let store = Store::new();
    let [one, two] = [0, 1].map(|_| Session::with_store(&graph, &store).unwrap());
    one.run(update).unwrap();
    one.close();
    assert_eq!(value(&two.run(v).unwrap()), 5.0);
    assert_eq!(Session::new(&graph).unwrap().run(v).unwrap_err().code(), "E-UNINITIALIZED");
}

#[test]
fn n1_n3_an_initializer_covers_the_variables_of_its_collection_as_of_then() {
    let graph = Graph::new();
    let ((early, local, init, local_init), late) = graph
        .build(|| {
            let early = scalar("early");
            let options = VariableOptions::new().collections([collection::LOCAL_VARIABLES]);
            let local: Variable<f32> = get_variable("local", [], options.initializer(zeros_initializer()));
            let made = (early, local, global_variables_initializer(), local_variables_initializer());
            (made, scalar("late"))
        })
        .unwrap();
    assert_eq!(graph.name_of(init).as_deref(), Some("init"));
    let session = Session::new(&graph).unwrap();
    session.run(init).unwrap();
    assert_eq!(value(&session.run(early).unwrap()), 0.0);
    for variable in [late, local] {
        assert_eq!(session.run(variable).unwrap_err().code(), "E-UNINITIALIZED");
    }
    session.run(local_init).unwrap();
    assert_eq!(value(&session.run(local).unwrap()), 0.0);
}

#[test]
fn n2_an_initializer_of_no_variables_runs() {
    let graph = Graph::new();
    let init = graph.build(global_variables_initializer).unwrap();
    assert_eq!(graph.name_of(init).as_deref(), Some("init"));
    Session::new(&graph).unwrap().run(init).unwrap();
}

#[test]
fn n4_initializing_again_resets_values_and_draws_anew() {
    let graph = Graph::new();
    graph.set_random_seed(1);
    let (v, random, update) = graph
        .build(|| {
            let v = scalar("v");
            (v, get_variable::<f32, _, _>("random", [8], VariableOptions::new()), v.assign_add(3.0))
        })
        .unwrap();
    let session = initialized(&graph);
    session.run(update).unwrap();
    let before = session.run(random).unwrap();
    session.initialize().unwrap();
    let (v, after) = session.run((v, random)).unwrap();
    assert_eq!(value(&v), 0.0);
    assert_ne!(before, after);
}

#[test]
fn n5_a_variables_own_initializer_gives_it_its_initial_value() {
    let graph = Graph::new();
    let (v, initializer, initial) = graph
        .build(|| {
            let v: Variable<f32> = get_variable("v", [2], VariableOptions::new());
            (v, v.initializer(), v.initial_value())
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    let (initial, ()) = session.run((initial, initializer)).unwrap();
    assert_eq!(session.run(v).unwrap(), initial);
}

#[test]
fn n8_assigning_initializes() {
    let graph = Graph::new();
    let (v, assign) = graph
        .build(|| {
            let v = scalar("v");
            (v, v.assign(4.0))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    assert_eq!(value(&session.run(assign).unwrap()), 4.0);
    assert_eq!(value(&session.run(v).unwrap()), 4.0);
}

#[test]
fn n14_an_initial_value_may_depend_on_another_variable() {
    let graph = Graph::new();
    let values = graph
        .build(|| {
            let v: Variable<f32> = get_variable("v", [2], VariableOptions::new());
            let w: Variable<f32> = get_variable("w", NoShape, VariableOptions::new().initializer(v + 1.0));
            (w, v + 1.0)
        })
        .unwrap();
    let (w, expected) = initialized(&graph).run(values).unwrap();
    assert_eq!(w, expected);
}

#[test]
fn what_is_fed_is_not_waited_for() {
    let graph = Graph::new();
    let (x, y) = graph
        .build(|| {
            let x = placeholder::<f32, _>("x", []);
            (x, control_dependencies([x], || constant(2.0f32) + 1.0))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    assert_eq!(value(&session.run_with(y, &[x.feed(ndarray::arr0(0.0))]).unwrap()), 3.0);
    assert_eq!(session.run(y).unwrap_err().code(), "E-UNFED");
}

#[test]
fn updates_from_many_threads_are_all_counted() {
    let graph = Graph::new();
    let (v, update) = graph
        .build(|| {
            let v: Variable<i64> = get_variable("v", [3], VariableOptions::new());
            (v, v.assign_add(constant([1i64, 2, 3])))
        })
        .unwrap();
    let session = initialized(&graph);
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                for _ in 0..200 {
                    session.run(update).unwrap();
                }
            });
        }
    });
    assert_eq!(session.run(v).unwrap().as_slice(), Some(&[1600i64, 3200, 4800][..]));
}

#[test]
fn a_graph_may_grow_after_a_session_was_made_on_it() {
    let graph = Graph::new();
    let session = Session::new(&graph).unwrap();
    let v = graph.build(|| scalar("v")).unwrap();
    session.initialize().unwrap();
    let sum = graph.build(|| v + 2.0).unwrap();
    assert_eq!(value(&session.run(sum).unwrap()), 2.0);
}
