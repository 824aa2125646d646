//! Where ops are wanted: parameter servers, device scopes and functions, neighbours.

use tf::{
    ClusterSpec, DeviceOp, DeviceSpec, Graph, NoDependencies, Result, Session, Tensor, Variable, VariableOptions,
    colocate_only_with, colocate_with, constant, control_dependencies, device, get_variable, identity,
    ones_initializer, replica_device_setter, without_colocation,
};

fn pair(name: &str) -> Variable<f32> {
    get_variable(name, [2], VariableOptions::new().initializer(ones_initializer()))
}

/// The devices of a variable and of its initializer, which are one.
fn of(v: Variable<f32>) -> String {
    assert_eq!(v.device(), v.initializer().device());
    v.device()
}

fn cluster() -> ClusterSpec {
    ClusterSpec::new()
        .job("ps", ["ps0:2222", "ps1:2222"])
        .job("worker", ["worker0:2222", "worker1:2222", "worker2:2222"])
}

fn sun_and_moon() -> ClusterSpec {
    ClusterSpec::new().job("sun", ["sun0:2222", "sun1:2222", "sun2:2222"]).job("moon", ["moon0:2222", "moon1:2222"])
}

/// The device of an op made in what `build` opens.
fn placed(build: impl FnOnce(&dyn Fn() -> Tensor<f32>) -> Tensor<f32>) -> Result<String> {
    let graph = Graph::new();
    let x = graph.build(|| build(&|| constant(1.0f32)))?;
    Ok(graph.device_of(x).expect("the op is of this graph").to_string())
}

/// Variables take turns on the parameter servers, ops are on the workers (V20, V22, V25).
#[test]
fn variables_take_turns_on_parameter_servers() -> Result<()> {
    Graph::new().build(|| {
        device(replica_device_setter().cluster(&cluster()), || {
            let (v, w) = (pair("v"), pair("w"));
            assert_eq!((of(v), of(w)), ("/job:ps/task:0".into(), "/job:ps/task:1".into()));
            assert_eq!((v + w).device(), "/job:worker");
            let local = VariableOptions::new().collections([tf::collection::LOCAL_VARIABLES]);
            assert_eq!(get_variable::<f32, _, _>("local", [2], local).device(), "/job:ps/task:0");
        });
    })
}

/// A device inside of the setter's scope completes what it says (V21, V27).
#[test]
fn a_device_inside_is_completed_by_the_setter() -> Result<()> {
    Graph::new().build(|| {
        device(replica_device_setter().cluster(&cluster()), || {
            let (v, w) = (device("/cpu:0", || pair("v")), pair("w"));
            let a = device("/cpu:0", || v + w);
            assert_eq!((of(v), of(w)), ("/job:ps/task:0/device:CPU:0".into(), "/job:ps/task:1".into()));
            assert_eq!(a.device(), "/job:worker/device:CPU:0");
        });
    })
}

/// A variable on another job takes no turn; one that names the servers itself does (V22, V23).
#[test]
fn a_variable_may_name_its_job() -> Result<()> {
    Graph::new().build(|| {
        device(replica_device_setter().cluster(&cluster()), || {
            let v = pair("v");
            let (w, x) = device("/job:moon", || (pair("w"), device("/job:ps", || pair("x"))));
            assert_eq!([v, w, x].map(of), ["/job:ps/task:0", "/job:moon", "/job:ps/task:1"]);
            assert_eq!((v + w + x).device(), "/job:worker");
        });
    })
}

/// Parameter servers may be a device without a job (V29).
#[test]
fn parameter_servers_may_be_a_device_without_a_job() -> Result<()> {
    Graph::new().build(|| {
        device(replica_device_setter().ps_tasks(1).ps_device("/cpu:0"), || {
            let (v, w) = (pair("v"), device("/job:moon", || pair("w")));
            assert_eq!([v, w].map(of), ["/device:CPU:0", "/job:moon/device:CPU:0"]);
            assert_eq!((v + w).device(), "/job:worker");
        });
    })
}

/// Without merging, what has a device keeps exactly that (V28).
#[test]
fn without_merging_a_device_is_kept_as_it_is() -> Result<()> {
    Graph::new().build(|| {
        device(replica_device_setter().cluster(&cluster()).merge_devices(false), || {
            let (v, w) = (pair("v"), device("/job:ps", || pair("w")));
            assert_eq!([v, w].map(of), ["/job:ps/task:0", "/job:ps"]);
            assert_eq!((v + w).device(), "/job:worker");
        });
    })
}

/// The jobs may be called otherwise, and servers have a device of their own (V21).
#[test]
fn jobs_may_be_called_otherwise() -> Result<()> {
    for (ps_device, rest) in [("/job:moon", ""), ("/job:moon/cpu:0", "/device:CPU:0")] {
        let setter = replica_device_setter().ps_device(ps_device).worker_device("/job:sun").cluster(&sun_and_moon());
        Graph::new().build(|| {
            device(setter, || {
                let (v, w) = (pair("v"), pair("w"));
                assert_eq!([v, w].map(of), [format!("/job:moon/task:0{rest}"), format!("/job:moon/task:1{rest}")]);
                assert_eq!((v + w).device(), "/job:sun");
            });
        })?;
    }
    Ok(())
}

/// Scopes inside each other merge, the inner one's parts win, and `None` clears (V1, V2).
#[test]
fn device_scopes_merge_and_clear() -> Result<()> {
    assert_eq!(placed(|x| x())?, "");
    assert_eq!(
        placed(|x| device("/job:worker/replica:2/task:0/device:CPU:0", x))?,
        "/job:worker/replica:2/task:0/device:CPU:0"
    );
    assert_eq!(
        placed(|x| device(DeviceSpec::new().job("worker").replica(2).task(0), x))?,
        "/job:worker/replica:2/task:0"
    );
    let two = |outer: &'static str, inner: &'static str| placed(move |x| device(outer, || device(inner, x)));
    assert_eq!(two("/job:worker/replica:2", "/job:worker/replica:3/task:0")?, "/job:worker/replica:3/task:0");
    assert_eq!(two("/job:worker/replica:2/device:CPU:1", "/device:GPU:2")?, "/job:worker/replica:2/device:GPU:2");
    assert_eq!(two("/device:GPU:0", "/job:worker/replica:2")?, "/job:worker/replica:2/device:GPU:0");
    assert_eq!(two("/job:muu/device:CPU:0", "/job:ps/task:1")?, "/job:ps/task:1/device:CPU:0");
    assert_eq!(placed(|x| device("/job:worker/replica:2", || device(None, x)))?, "");
    assert_eq!(placed(|x| device("/device:GPU:0", || device(None, || device("/job:x", x))))?, "/job:x");
    Ok(())
}

/// A scope ends with its block: what is made after it is as before (V14).
#[test]
fn a_device_scope_ends_with_its_block() -> Result<()> {
    Graph::new().build(|| {
        let x = || constant(1.0f32).device();
        let found = device("/device:CPU:1", || {
            let before = x();
            let inside = [device("/device:GPU:2", x), device("/job:a", x), device(None, x)];
            [vec![before], inside.to_vec(), vec![x()]].concat()
        });
        assert_eq!(found, ["/device:CPU:1", "/device:GPU:2", "/job:a/device:CPU:1", "", "/device:CPU:1"]);
        assert_eq!(x(), "");
    })
}

/// A function chooses by the op, is overruled by scopes inside it where it merges, and overrules where not (V4).
#[test]
fn a_device_function_chooses_by_the_op() -> Result<()> {
    fn by_type(op: &DeviceOp<'_>) -> &'static str {
        if op.type_name() == "VarHandleOp" { "/job:ps" } else { "/job:worker/device:GPU:0" }
    }
    Graph::new().build(|| {
        device(by_type, || {
            let v = pair("v");
            assert_eq!((of(v), (v + 1.0).device()), ("/job:ps".into(), "/job:worker/device:GPU:0".into()));
            assert_eq!(device("/job:other", || constant(1.0f32).device()), "/job:worker/device:GPU:0");
        });
        let default = |op: &DeviceOp<'_>| DeviceSpec::new().job("worker").merge(op.device());
        device(default, || {
            assert_eq!(device("/device:GPU:0", || constant(1.0f32).device()), "/job:worker/device:GPU:0");
            assert_eq!(device("/job:ps", || constant(1.0f32).device()), "/job:ps");
        });
        assert_eq!(device("/device:CPU:0", || device(by_type, || pair("w").device())), "/job:ps/device:CPU:0");
    })
}

/// An op is tied to its neighbour and has its device, wherever it is made (V12, V13).
#[test]
fn neighbours_are_on_one_device() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        let on = |device_name: &'static str| device(device_name, || identity(constant(1.0f32)));
        let (a, b) = (on("/device:CPU:0"), on("/device:GPU:0"));
        let groups = |op: Tensor<f32>| graph.colocated_with(op).join(" ");
        let c = device("/device:GPU:0", || colocate_with(a, || constant(2.0f32)));
        assert_eq!((c.device(), groups(c)), ("/device:CPU:0".into(), "Identity".into()));
        let d = colocate_with(b, || constant(3.0f32));
        assert_eq!((d.device(), groups(d)), ("/device:GPU:0".into(), "Identity_1".into()));
        // What is tied to `c` is tied to what `c` is tied to.
        let e = colocate_with(c, || constant(4.0f32));
        assert_eq!((e.device(), groups(e)), ("/device:CPU:0".into(), "Identity".into()));
        let both = colocate_with(a, || colocate_with(b, || constant(5.0f32)));
        assert_eq!(groups(both), "Identity Identity_1");
        let only = colocate_with(a, || colocate_only_with(b, || constant(6.0f32)));
        assert_eq!((only.device(), groups(only)), ("/device:GPU:0".into(), "Identity_1".into()));
        let none = colocate_with(a, || without_colocation(|| identity(constant(7.0f32))));
        assert_eq!(none.device(), "");
        let after = colocate_with(a, || constant(8.0f32));
        assert_eq!(groups(after), "Identity");
    })
}

/// A neighbour is a stronger wish than the scopes around, which go on after it (V12, V13).
#[test]
fn a_neighbour_overrides_the_scopes_around() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        let x = || constant(1.0f32);
        let [a, b, c, d] = device("/cpu:0", || {
            let [a, b, c] = device("/device:GPU:0", || {
                let a = identity(x());
                [a, colocate_with(a, x), x()]
            });
            [a, b, c, x()]
        });
        assert_eq!([a, b, c].map(|op| op.device()), ["/device:GPU:0"; 3]);
        assert_eq!((d.device(), graph.colocated_with(b)), ("/device:CPU:0".into(), vec!["Identity".to_owned()]));
        // What is made without a neighbour may be one itself.
        let (e, f) = colocate_with(a, || {
            without_colocation(|| {
                let e = identity(x());
                (e, colocate_with(e, x))
            })
        });
        assert_eq!((e.device(), graph.colocated_with(f)), (String::new(), vec!["Identity_1".to_owned()]));
    })
}

/// A variable beside another takes its device, and its first value is tied to it alone (V12, V7).
#[test]
fn variables_can_be_neighbours() -> Result<()> {
    let graph = Graph::new();
    let (a, b) = graph.build(|| {
        let a = device("/device:CPU:0", || pair("a"));
        (a, colocate_with(a, || pair("b")))
    })?;
    graph.build(|| assert_eq!((of(b), graph.colocated_with(b)), (a.device(), vec!["a".to_owned()])))
}

/// Dependencies hold for what is made inside, add up over blocks, and can be dropped (U25).
#[test]
fn control_dependencies_add_up_and_are_dropped() -> Result<()> {
    let graph = Graph::new();
    let (counters, ops) = graph.build(|| {
        let counters = ["a", "b"].map(|name| get_variable::<i32, _, _>(name, [], VariableOptions::new()));
        let [a, b] = counters.map(|counter| counter.assign_add(1));
        let op = || identity(constant(1.0f32));
        let ops = [
            control_dependencies([a], op),
            control_dependencies([a], || control_dependencies([b], op)),
            control_dependencies([a, b], op),
            control_dependencies([a], || control_dependencies(NoDependencies, op)),
            control_dependencies([a], || control_dependencies(NoDependencies, || control_dependencies([b], op))),
            control_dependencies([a], || control_dependencies([a], op)),
            op(),
        ];
        (counters, ops)
    })?;
    for (op, expected) in ops.into_iter().zip([[1, 0], [1, 1], [1, 1], [0, 0], [0, 1], [1, 0], [0, 0]]) {
        let session = Session::new(&graph)?;
        session.initialize()?;
        session.run(op)?;
        assert_eq!(session.run(counters)?.map(|value| value[[]]), expected);
    }
    Ok(())
}

/// What a block adds or drops ends with it (U25).
#[test]
fn control_dependencies_end_with_their_block() -> Result<()> {
    let graph = Graph::new();
    let (counters, ops) = graph.build(|| {
        let counters = ["a", "b", "c", "d"].map(|name| get_variable::<i32, _, _>(name, [], VariableOptions::new()));
        let [a, b, c, d] = counters.map(|counter| counter.assign_add(1));
        let op = || identity(constant(1.0f32));
        let mut ops = Vec::new();
        control_dependencies([a], || {
            control_dependencies([b], || {
                control_dependencies(NoDependencies, || {
                    control_dependencies([c], || {
                        ops.push((control_dependencies([d], op), [0, 0, 1, 1]));
                        ops.push((op(), [0, 0, 1, 0]));
                    });
                    ops.push((op(), [0; 4]));
                });
                ops.push((op(), [1, 1, 0, 0]));
            });
            ops.push((op(), [1, 0, 0, 0]));
        });
        ops.push((op(), [0; 4]));
        (counters, ops)
    })?;
    for (op, expected) in ops {
        let session = Session::new(&graph)?;
        session.initialize()?;
        session.run(op)?;
        assert_eq!(session.run(counters)?.map(|value| value[[]]), expected);
    }
    Ok(())
}
