//! A variable in parts counts as one tensor, and is changed as one (P1); where its parts are placed.

use super::*;
use ndarray::{arr1, arr2};
use tf_core::{
    AnyVariable, ClusterSpec, DeviceSpec, GreedyLoadBalancingStrategy, IntoValue, Tensor, byte_size_load_fn, concat,
    constant, control_dependencies, device, gather, is_variable_initialized, matmul, ones_initializer, reduce_sum,
    replica_device_setter, report_uninitialized, variable_scope, variables_initializer, zeros_initializer,
};

#[test]
fn a_whole_is_its_value_in_every_expression() {
    let graph = Graph::new();
    let results = graph
        .build(|| {
            let v: Variable<f32> = get_variable(
                "v",
                [3, 2],
                options().initializer(ones_initializer()).partitioner(fixed_size_partitioner(2)),
            );
            let x = constant([[1.0f32, 2.0, 3.0]]);
            (matmul(x, v), v + 1.0, reduce_sum(v * v, tf_core::ALL), concat([v.value(), (v - 1.0)], 0), v)
        })
        .unwrap();
    let session = started(&graph);
    let (product, sum, squares, joined, value) = session.run(results).unwrap();
    assert_eq!(product, arr2(&[[6.0, 6.0]]).into_dyn());
    assert!(sum.iter().all(|&x| x == 2.0) && squares[[]] == 6.0 && joined.shape() == [6, 2]);
    assert_eq!(value, arr2(&[[1.0; 2]; 3]).into_dyn());
    assert_eq!(results.4.eval(&session).unwrap(), value);
}

#[test]
fn p1_its_reads_are_named_as_tensorflow_s() {
    let recorded = recorded("partitioned");
    let wanted = &recorded["names"];
    let graph = Graph::new();
    let (v, one) = graph
        .build(|| {
            let v = variable_scope("s", |_| cut("v", &[4], 2));
            assert_eq!(v.name(), text(&wanted["name"]));
            let names = [v.value(), v.value()].map(|read| graph.name_of(read).unwrap());
            assert_eq!(names, [text(&wanted["first"]), text(&wanted["second"])]);
            let one = cut("one", &[4], 1);
            assert_eq!(graph.name_of(one.value()).unwrap(), text(&wanted["one"]));
            (v, one)
        })
        .unwrap();
    assert_eq!(graph.name_of(v).unwrap(), text(&wanted["name"]));
    let parts = graph.parts_of(v).into_iter().map(|part| format!("{}:0", graph.describe(part).unwrap().name));
    assert_eq!(parts.collect::<Vec<_>>(), texts(&wanted["parts"]));
    assert_eq!(graph.parts_of(one).len(), 1);
    assert!(graph.op_names().contains(&"s/v/ConcatPartitions/concat".to_owned()));
    let session = started(&graph);
    let by_name = session.run("s/v:0").unwrap();
    assert_eq!(by_name.as_slice::<f32>(), session.run(v).unwrap().as_slice());
}

#[test]
fn the_whole_is_assigned_added_to_and_subtracted_from() {
    let graph = Graph::new();
    let (v, after) = graph
        .build(|| {
            let cut = options().initializer(zeros_initializer()).partitioner(fixed_size_partitioner(2).axis(1));
            let v: Variable<f32> = get_variable("v", [2, 3], cut);
            let given = v.assign(constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]));
            let added = control_dependencies([given], || v.assign_add(constant([[1.0f32; 3]; 2])));
            let half = control_dependencies([added], || v.assign_sub(v * 0.5));
            (v, control_dependencies([half], || (half, v.read_value())))
        })
        .unwrap();
    let session = started(&graph);
    let (half, read) = session.run(after).unwrap();
    let wanted = arr2(&[[1.0, 1.5, 2.0], [2.5, 3.0, 3.5]]).into_dyn();
    assert_eq!((&half, &read), (&wanted, &wanted));
    assert_eq!(session.run(v).unwrap(), wanted);
    assert_eq!(refused(|| unused(cut("v", &[4], 2).assign(constant([1.0f32; 3])))), "E-ASSIGN-SHAPE");
}

#[test]
fn what_changes_rows_is_refused_for_a_whole_and_works_on_its_parts() {
    let one = || constant([1.0f32]);
    assert_eq!(refused(|| unused(cut("v", &[4], 2).scatter_add(constant([0i32]), one()))), "E-PARTS-UPDATE");
    assert_eq!(refused(|| unused(cut("v", &[4], 2).scatter_nd_update(constant([[0i32]]), one()))), "E-PARTS-UPDATE");
    assert_eq!(refused(|| unused(cut("v", &[4], 2).slice([0], [1]).assign(2.0))), "E-PARTS-UPDATE");
    assert_eq!(refused(|| unused(cut("v", &[4], 2).part(2))), "E-PART");
    let graph = Graph::new();
    let (v, update) = graph
        .build(|| {
            let cut = options().initializer(zeros_initializer()).partitioner(fixed_size_partitioner(2));
            let v: Variable<f32> = get_variable("v", [4], cut);
            assert_eq!(v.part_count(), 2);
            (v, v.part(1).scatter_add(constant([1i32]), one()))
        })
        .unwrap();
    let session = started(&graph);
    session.run(update).unwrap();
    assert_eq!(session.run(v).unwrap(), arr1(&[0.0, 0.0, 0.0, 1.0]).into_dyn());
}

#[test]
fn a_variable_in_one_piece_is_its_only_part() {
    let graph = Graph::new();
    let (v, part) = graph
        .build(|| {
            let v: Variable<f32> = get_variable("v", [2], options());
            assert_eq!(v.part_count(), 1);
            (v, v.part(0))
        })
        .unwrap();
    assert_eq!(graph.parts_of(v), [AnyVariable::from(part)]);
}

#[test]
fn first_values_are_asked_for_and_given_for_all_parts() {
    let graph = Graph::new();
    let (v, started_by, missing, there, w) = graph
        .build(|| {
            let v = cut("v", &[3], 2);
            let doubled = options().initializer(v.initialized_value() * 2.0).partitioner(fixed_size_partitioner(3));
            let w: Variable<f32> = get_variable("w", tf_core::NoShape, doubled);
            assert_eq!((v.initial_value().shape(), w.part_count()), (v.shape(), 3));
            (v, v.initializer(), report_uninitialized(v), is_variable_initialized(v), w)
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    assert_eq!(session.run(missing).unwrap().as_slice().unwrap(), ["v/part_0", "v/part_1"]);
    assert!(!session.run(there).unwrap()[[]]);
    session.run(started_by).unwrap();
    assert!(session.run(there).unwrap()[[]] && session.run(missing).unwrap().is_empty());
    session.initialize().unwrap();
    let (v, w) = session.run((v, w)).unwrap();
    assert_eq!(w, v * 2.0);
}

#[test]
fn a_list_of_wholes_is_a_list_of_their_parts() {
    let graph = Graph::new();
    let (v, init) = graph
        .build(|| {
            let v = cut("v", &[4], 2);
            v.set_initial_value(constant([1.0f32, 2.0, 3.0, 4.0]));
            (v, variables_initializer(v))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.run(init).unwrap();
    assert_eq!(session.run(v).unwrap(), arr1(&[1.0, 2.0, 3.0, 4.0]).into_dyn());
}

#[test]
fn a_whole_is_loaded_fed_got_and_set() {
    let graph = Graph::new();
    let (v, sum) = graph
        .build(|| {
            let v = cut("v", &[3], 2);
            (v, reduce_sum(v, tf_core::ALL))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    v.load(vec![1.0, 2.0, 3.0], &session).unwrap();
    assert_eq!(session.run(sum).unwrap()[[]], 6.0);
    let fed = session.run_with((sum, v), &[v.feed(arr1(&[10.0f32, 20.0, 30.0]))]).unwrap();
    assert_eq!((fed.0[[]], fed.1[[2]]), (60.0, 30.0));
    assert_eq!(session.run(sum).unwrap()[[]], 6.0);
    let store = session.store();
    assert_eq!(store.names(), ["v"]);
    assert_eq!(store.get("v").unwrap().as_slice(), Some(&[1.0f32, 2.0, 3.0][..]));
    store.set("v", IntoValue::<f32>::into_value(vec![4.0, 5.0, 6.0])).unwrap();
    assert_eq!(store.get("v/part_1").unwrap().as_slice(), Some(&[6.0f32][..]));
    assert_eq!(store.set("v", tf_core::Value::scalar(1.0f32)).unwrap_err().code(), "E-SET-SPEC");
    assert_eq!(v.load(vec![1.0], &session).unwrap_err().code(), "E-SET-SPEC");
    assert_eq!(session.run_with(sum, &[v.feed(arr1(&[1.0f32]))]).unwrap_err().code(), "E-FEED-SHAPE");
    assert_eq!(store.get("w").unwrap_err().code(), "E-NO-VARIABLE");
}

#[test]
fn a_lookup_reaches_every_part() {
    let graph = Graph::new();
    let (v, rows) = graph
        .build(|| {
            let v = cut("v", &[5, 2], 3);
            v.set_initial_value(constant([[0.0f32, 0.5], [1.0, 1.5], [2.0, 2.5], [3.0, 3.5], [4.0, 4.5]]));
            (v, gather(v, constant([4, 0, 2]), 0))
        })
        .unwrap();
    let session = started(&graph);
    assert_eq!(session.run(rows).unwrap(), arr2(&[[4.0, 4.5], [0.0, 0.5], [2.0, 2.5]]).into_dyn());
    assert_eq!(session.run(v).unwrap()[[3, 1]], 3.5);
}

#[test]
fn parts_take_turns_on_parameter_servers() {
    for case in list(&recorded("partitioned")["devices"]) {
        let cluster =
            ClusterSpec::new().job("ps", ["ps0:2222", "ps1:2222", "ps2:2222"]).job("worker", ["worker0:2222"]);
        let greedy = || GreedyLoadBalancingStrategy::new(3, byte_size_load_fn);
        let graph = Graph::new();
        let setter = replica_device_setter().cluster(&cluster);
        let setter = if text(&case["strategy"]) == "greedy" { setter.ps_strategy(greedy()) } else { setter };
        let sum = graph
            .build(|| {
                device(setter, || {
                    let _ = get_variable::<f32, _, _>("before", [2], options());
                    let v = cut("v", &[10, 2], 4);
                    let _ = get_variable::<f32, _, _>("after", [3], options());
                    v + 1.0
                })
            })
            .unwrap();
        let found = graph.variables().into_iter().flat_map(|v| match v.parts.is_empty() {
            true => vec![(v.name, v.device.to_string())],
            false => v.parts.into_iter().map(|part| (part.name, part.device.to_string())).collect(),
        });
        let wanted = case["devices"].as_object().unwrap();
        let found: Vec<_> = found.collect();
        assert_eq!(found.len(), wanted.len());
        for (name, device) in found {
            assert_eq!(device, text(&wanted[&name]), "{name}, {}", case["strategy"]);
        }
        let _: Tensor<f32> = sum;
    }
}

#[test]
fn parts_on_two_devices_are_read_across_them() {
    use tf_core::{SessionOptions, Store};
    let graph = Graph::new();
    let v = graph
        .build(|| {
            let turn = std::sync::atomic::AtomicUsize::new(0);
            let alternate = move |op: &tf_core::DeviceOp| match op.type_name() {
                "VarHandleOp" => format!("/cpu:{}", turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 2),
                _ => String::new(),
            };
            device(alternate, || {
                let cut = options().initializer(ones_initializer()).partitioner(fixed_size_partitioner(2));
                let v: Variable<f32> = get_variable("v", [4], cut);
                v + 1.0
            })
        })
        .unwrap();
    let devices: Vec<DeviceSpec> = graph.variables().remove(0).parts.into_iter().map(|part| part.device).collect();
    assert_ne!(devices[0], devices[1]);
    let session = Session::with_options(&graph, &Store::new(), SessionOptions::new().cpu_devices(2)).unwrap();
    session.initialize().unwrap();
    let (values, trace) = session.run_traced(v, &[]).unwrap();
    assert_eq!(values, arr1(&[2.0; 4]).into_dyn());
    assert!(trace.to_string().contains("cpu:1") || trace.to_string().contains("CPU:1"), "{trace}");
    assert!(graph.summary().to_string().contains("/device:CPU:1"));
}
