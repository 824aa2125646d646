//! Running on several logical devices: where steps go, what crosses, and what a session says of devices that it does not have.

use std::collections::BTreeSet;
use tf_core::{train::Optimizer as _, *};

#[track_caller]
fn variable(name: &str, size: usize) -> Variable<f32> {
    get_variable(name, [size], VariableOptions::new().initializer(ones_initializer()))
}

fn session(graph: &Graph, cpus: u16) -> Session {
    Session::with_options(graph, &Store::new(), SessionOptions::new().cpu_devices(cpus)).unwrap()
}

/// A step: its name, the number of the CPU, and of a transfer the CPU that it comes from and its bytes.
type Taken = (String, u32, Option<(u32, usize)>);

fn steps(trace: &RunTrace) -> Vec<Taken> {
    let cpu = |device: &DeviceSpec| device.parts().index.unwrap();
    let crossed = |step: &TracedStep| step.from.as_ref().map(|from| (cpu(from), step.bytes));
    trace.steps.iter().map(|step| (step.name.clone(), cpu(&step.device), crossed(step))).collect()
}

fn step(name: &str, cpu: u32) -> Taken {
    (name.to_owned(), cpu, None)
}

fn transfer(name: &str, from: u32, to: u32, bytes: usize) -> Taken {
    (name.to_owned(), to, Some((from, bytes)))
}

#[test]
fn values_cross_once_to_each_device_that_uses_them() {
    let graph = Graph::new();
    let y = graph
        .build(|| {
            let x = constant([1.0f32, 2.0, 3.0]);
            let (a, b) = device("/cpu:1", || (identity(x), tf_core::abs(x)));
            a + b
        })
        .unwrap();
    let session = session(&graph, 2);
    let (found, trace) = session.run_traced(y, &[]).unwrap();
    assert_eq!(found.as_slice(), Some(&[2.0, 4.0, 6.0][..]));
    assert_eq!(
        steps(&trace),
        [
            step("Const", 0),
            transfer("Const", 0, 1, 12),
            step("Identity", 1),
            step("Abs", 1),
            transfer("Identity", 1, 0, 12),
            transfer("Abs", 1, 0, 12),
            step("add", 0),
        ]
    );
    assert_eq!(session.run(y).unwrap(), found);
    let shown = trace.to_string();
    let (from, to) = ("/job:localhost/replica:0/task:0/device:CPU:0", "/job:localhost/replica:0/task:0/device:CPU:1");
    assert!(shown.contains(&format!("Const (Transfer): {from} -> {to}, 12 bytes")), "{shown}");
    assert!(trace.steps.windows(2).all(|two| two[0].start <= two[1].start), "{shown}");
}

#[test]
fn v7_v10_v11_a_variable_is_initialized_read_and_changed_where_it_lives() {
    let graph = Graph::new();
    let (v, update, read, product) = graph
        .build(|| {
            let v = device("/cpu:1", || variable("v", 2));
            let update = v.assign_add(constant([1.0, 1.0]));
            let read = device("/cpu:2", || v.read_value());
            (v, update, read, device("/cpu:2", || v * 3.0))
        })
        .unwrap();
    let session = session(&graph, 3);
    session.initialize().unwrap();
    let (_, trace) = session.run_traced(graph.build(|| v.initializer()).unwrap(), &[]).unwrap();
    assert!(trace.steps.iter().all(|step| step.device.parts().index == Some(1)), "{trace}");

    let (sum, trace) = session.run_traced(update, &[]).unwrap();
    assert_eq!(sum.as_slice(), Some(&[2.0, 2.0][..]));
    assert_eq!(steps(&trace), [step("Const", 0), transfer("Const", 0, 1, 8), step("AssignAdd", 1)]);

    let (_, trace) = session.run_traced(read, &[]).unwrap();
    assert_eq!(steps(&trace), [step("ReadVariableOp", 1), transfer("ReadVariableOp", 1, 2, 8)]);

    let (product, trace) = session.run_traced(product, &[]).unwrap();
    assert_eq!(product.as_slice(), Some(&[6.0, 6.0][..]));
    let crossed: Vec<_> = steps(&trace).into_iter().filter(|step| step.2.is_some()).collect();
    assert_eq!(crossed, [transfer("ReadVariableOp_1", 1, 2, 8)]);

    let (value, trace) = session.run_traced(v, &[]).unwrap();
    assert_eq!((value.as_slice(), steps(&trace)), (Some(&[2.0, 2.0][..]), vec![step("v", 1)]));
}

#[test]
fn a_read_is_handed_on_from_the_device_that_it_asks_for() {
    let graph = Graph::new();
    let y = graph
        .build(|| {
            let v = device("/cpu:1", || variable("v", 1));
            let read = device("/cpu:2", || v.read_value());
            device("/cpu:0", || identity(read))
        })
        .unwrap();
    let session = session(&graph, 3);
    session.initialize().unwrap();
    let (_, trace) = session.run_traced(y, &[]).unwrap();
    let read = "ReadVariableOp";
    assert_eq!(steps(&trace), [step(read, 1), transfer(read, 1, 2, 4), transfer(read, 2, 0, 4), step("Identity", 0)]);
}

#[test]
fn control_dependencies_hold_between_devices() {
    let graph = Graph::new();
    let (read, before) = graph
        .build(|| {
            let v = device("/cpu:1", || variable("v", 1));
            let before = v.read_value();
            let update = v.assign_add(constant([1.0]));
            let slow = device("/cpu:0", || control_dependencies([update], || constant(0.0f32)));
            (control_dependencies([slow], || device("/cpu:1", || v.read_value())), before)
        })
        .unwrap();
    let session = session(&graph, 2);
    session.initialize().unwrap();
    for n in 1..4 {
        let (read, before) = session.run((read, before)).unwrap();
        assert_eq!((before[[0]], read[[0]]), (n as f32, n as f32 + 1.0));
    }
}

#[test]
fn a_fed_value_lies_where_its_placeholder_is_placed() {
    let graph = Graph::new();
    let (x, y, z) = graph
        .build(|| {
            let x = device("/cpu:1", || placeholder::<f32, _>("x", [2]));
            (x, device("/cpu:1", || identity(x)), device("/cpu:0", || identity(x)))
        })
        .unwrap();
    let session = session(&graph, 2);
    let feed = [x.feed(ndarray::arr1(&[1.0f32, 2.0]))];
    let ((y, z), trace) = session.run_traced((y, z), &feed).unwrap();
    assert_eq!((y.as_slice(), z.as_slice()), (Some(&[1.0, 2.0][..]), Some(&[1.0, 2.0][..])));
    assert_eq!(steps(&trace), [transfer("x", 1, 0, 8), step("Identity_1", 0), step("Identity", 1)]);
}

#[test]
fn several_outputs_cross_each_on_its_own() {
    let graph = Graph::new();
    let sum = graph
        .build(|| {
            let [a, b] = device("/cpu:1", || split::<f32, 2>(constant([1.0, 2.0, 3.0, 4.0]), 0));
            a + b
        })
        .unwrap();
    let (sum, trace) = session(&graph, 2).run_traced(sum, &[]).unwrap();
    assert_eq!(sum.as_slice(), Some(&[4.0, 6.0][..]));
    assert_eq!(trace.transfers().map(|step| step.bytes).collect::<Vec<_>>(), [8, 8]);
}

#[test]
fn one_device_needs_no_transfer_and_any_cpu_is_the_first() {
    let graph = Graph::new();
    let y = graph
        .build(|| device("/job:localhost/cpu:*", || device("/task:0", || constant(1.0f32) + constant(2.0f32))))
        .unwrap();
    for cpus in [1, 2] {
        let (y, trace) = session(&graph, cpus).run_traced(y, &[]).unwrap();
        assert_eq!((y[[]], steps(&trace)), (3.0, vec![step("Const", 0), step("Const_1", 0), step("add", 0)]));
    }
}

#[test]
fn what_several_devices_compute_is_what_one_computes() {
    let run = |cpus: u16, soft: bool| {
        let graph = Graph::new();
        graph.set_random_seed(7);
        let (y, update) = graph
            .build(|| {
                let mut y: Tensor<f32> = random_uniform([4, 4], 0.0, 1.0);
                let mut updates = Vec::new();
                for layer in 0..6u32 {
                    let w = device(DeviceSpec::new().device_type("CPU").index(layer % 3), || {
                        get_variable::<f32, _, _>(format!("w{layer}"), [4, 4], VariableOptions::new())
                    });
                    y = device(format!("/cpu:{}", (layer + 1) % 3), || tanh(matmul(y, w)));
                    updates.push(w.assign_sub(y));
                }
                (y, updates)
            })
            .unwrap();
        let options = SessionOptions::new().cpu_devices(cpus).soft_placement(soft);
        let session = Session::with_options(&graph, &Store::new(), options).unwrap();
        session.initialize().unwrap();
        (0..3).map(|_| session.run((y, update.clone())).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(run(3, false), run(1, true));
}

#[test]
fn v8_a_missing_device_is_said_by_the_run_with_op_line_and_the_devices_there_are() {
    let graph = Graph::new();
    let line = line!() + 1;
    let v = graph.build(|| device("/gpu:1", || variable("v", 1))).unwrap();
    let session = session(&graph, 2);
    for error in [session.initialize().unwrap_err(), session.run(v).unwrap_err(), session.placements().unwrap_err()] {
        let place = error.location().map(|at| (at.file(), at.line()));
        assert_eq!((error.code(), error.node(), place), ("E-DEVICE-MISSING", Some("v"), Some((file!(), line))));
        assert_eq!(error.mistake(), "variable `v` is wanted on `/device:GPU:1`, and the session has no such device");
        let there = "`/job:localhost/replica:0/task:0/device:CPU:0`, `/job:localhost/replica:0/task:0/device:CPU:1`";
        assert!(error.to_string().contains(&format!("the devices there are: {there}\n")), "{error}");
    }
    // What a run does not need is not in its way.
    let x = graph.build(|| constant(1.0f32)).unwrap();
    assert_eq!(session.run(x).unwrap()[[]], 1.0);
}

#[test]
fn v9_soft_placement_takes_the_first_cpu_but_no_other_job() {
    let graph = Graph::new();
    let (v, other) =
        graph.build(|| (device("/gpu:1", || variable("v", 1)), device("/job:ps/gpu:1", || constant(1.0f32)))).unwrap();
    let options = SessionOptions::new().soft_placement(true);
    let session = Session::with_options(&graph, &Store::new(), options).unwrap();
    session.initialize().unwrap();
    assert_eq!(session.run(v).unwrap()[[0]], 1.0);
    let error = session.run(other).unwrap_err();
    assert_eq!(error.code(), "E-DEVICE-MISSING");
    assert!(error.to_string().contains("`localhost`"), "{error}");
}

#[test]
fn v12_neighbours_that_ask_for_different_devices_are_a_mistake_of_the_run() {
    let graph = Graph::new();
    let c = graph
        .build(|| {
            let (a, b) = (device("/cpu:0", || constant(1.0f32)), device("/cpu:1", || constant(2.0f32)));
            colocate_with(a, || colocate_with(b, || constant(3.0f32)))
        })
        .unwrap();
    let error = session(&graph, 2).run(c).unwrap_err();
    assert_eq!(error.code(), "E-DEVICE-COLOCATION");
    assert!(error.to_string().contains("/device:CPU:0") && error.to_string().contains("/device:CPU:1"), "{error}");
    let options = SessionOptions::new().cpu_devices(2).soft_placement(true);
    let session = Session::with_options(&graph, &Store::new(), options).unwrap();
    assert_eq!(session.run(c).unwrap()[[]], 3.0);
}

#[test]
fn neighbours_are_placed_together_whatever_their_own_request() {
    let graph = Graph::new();
    let y = graph
        .build(|| {
            let a = device("/cpu:1", || constant(1.0f32));
            colocate_with(a, || constant(2.0f32))
        })
        .unwrap();
    let (_, trace) = session(&graph, 2).run_traced(y, &[]).unwrap();
    assert_eq!(steps(&trace), [step("Const_1", 1)]);
}

#[test]
fn the_listing_names_each_op_with_its_type_and_device() {
    let graph = Graph::new();
    graph.build(|| device("/cpu:1", || variable("v", 1)) + 1.0).unwrap();
    let session = session(&graph, 2);
    let shown: Vec<String> = session.placements().unwrap().iter().map(ToString::to_string).collect();
    let cpu = |index: u32| format!("/job:localhost/replica:0/task:0/device:CPU:{index}");
    assert_eq!(shown[0], format!("v: (VarHandleOp): {}", cpu(1)));
    assert!(shown.contains(&format!("v/Assign: (AssignVariableOp): {}", cpu(1))), "{shown:?}");
    assert!(shown.contains(&format!("add: (AddV2): {}", cpu(0))), "{shown:?}");
    let devices: Vec<String> = session.devices().iter().map(ToString::to_string).collect();
    assert_eq!(devices, [cpu(0), cpu(1)]);
}

#[test]
fn a_session_has_a_device_at_least() {
    let options = SessionOptions::new().cpu_devices(0);
    let error = Session::with_options(&Graph::new(), &Store::new(), options).unwrap_err();
    assert_eq!(error.code(), "E-DEVICE-NONE");
}

#[test]
fn an_initial_value_that_is_left_out_does_not_cross() {
    let graph = Graph::new();
    let (v, w) = graph
        .build(|| {
            let start = device("/cpu:2", || constant([3.0f32, 4.0]));
            let v =
                device("/cpu:1", || get_variable::<f32, _, _>("v", NoShape, VariableOptions::new().initializer(start)));
            let from = device("/cpu:0", || v.initialized_value() * 2.0);
            (v, device("/cpu:0", || get_variable::<f32, _, _>("w", NoShape, VariableOptions::new().initializer(from))))
        })
        .unwrap();
    let session = session(&graph, 3);
    let (v_starts, w_starts) = graph.build(|| (v.initializer(), w.initializer())).unwrap();
    let crossed = || {
        let (_, trace) = session.run_traced(w_starts, &[]).unwrap();
        trace.transfers().map(|step| step.name.clone()).collect::<Vec<_>>()
    };
    let cond = graph.op_names().into_iter().find(|name| name.starts_with("cond")).unwrap();
    assert_eq!(crossed(), ["Const".to_owned(), cond.clone()]);
    assert_eq!(session.run(w).unwrap().as_slice(), Some(&[6.0, 8.0][..]));
    session.run(v_starts).unwrap();
    assert_eq!(crossed(), [cond]);
}

#[test]
fn v32_slots_are_placed_beside_their_variables_and_take_no_turns() {
    let graph = Graph::new();
    let setter = replica_device_setter().ps_tasks(2).ps_device("/job:localhost/cpu").worker_device("/job:localhost");
    let by_cpu = |op: &DeviceOp<'_>| {
        // The number of the parameter server as the number of a CPU.
        let task = op.device().parts().task;
        task.map_or_else(|| op.device().clone(), |task| DeviceSpec::new().device_type("CPU").index(task + 1))
    };
    let (loss, step) = graph
        .build(|| {
            device(by_cpu, || {
                device(setter, || {
                    let (w, b) = (variable("w", 2), variable("b", 2));
                    let loss = reduce_sum(square(w * 3.0 + b), ALL);
                    let momentum = train::Momentum::new(0.01, 0.9).minimize(loss);
                    (loss, [momentum, train::Adam::new(0.01).minimize(loss)])
                })
            })
        })
        .unwrap();
    let cpus: Vec<(String, Option<u32>)> =
        graph.variables().into_iter().map(|v| (v.name, v.device.parts().index)).collect();
    let on = |name: &str, cpu: u32| (name.to_owned(), Some(cpu));
    assert_eq!(cpus[..4], [on("w", 1), on("b", 2), on("w/Momentum", 1), on("b/Momentum", 2)]);
    // Adam's powers go with the first variable by name.
    let adam = [
        on("beta1_power", 2),
        on("beta2_power", 2),
        on("w/Adam", 1),
        on("w/Adam_1", 1),
        on("b/Adam", 2),
        on("b/Adam_1", 2),
    ];
    assert_eq!(cpus[4..].iter().collect::<BTreeSet<_>>(), adam.iter().collect());
    assert!(graph.summary().to_string().contains("/device:CPU:2"), "{}", graph.summary());
    let session = session(&graph, 3);
    session.initialize().unwrap();
    let before = session.run(loss).unwrap()[[]];
    session.run(step).unwrap();
    assert!(session.run(loss).unwrap()[[]] < before);
}
