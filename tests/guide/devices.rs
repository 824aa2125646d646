//! "Device placement": variables on particular devices, and on parameter servers.

use crate::started;
use tf::{ClusterSpec, Result, Server, SessionOptions, Store, VariableOptions, prelude::*, replica_device_setter};

/// The device that each variable of a graph is wanted on.
fn devices(graph: &Graph) -> Vec<String> {
    graph.variables().into_iter().map(|variable| variable.device.to_string()).collect()
}

#[test]
fn a_variable_is_placed_on_a_device() -> Result<()> {
    let graph = Graph::new();
    let v: Variable<f32> = graph.build(|| device!("/gpu:1", { get_variable!("v", [1]) }))?;
    assert_eq!(devices(&graph), ["/device:GPU:1"]);
    let error = started(&graph).unwrap_err();
    assert!(error.code() == "E-DEVICE-MISSING" && error.variable().is_none() && error.node() == Some("v"), "{error}");
    let session = Session::with_options(&graph, &Store::new(), SessionOptions::new().soft_placement(true))?;
    session.initialize()?;
    assert_eq!(session.run(v)?.len(), 1);
    Ok(())
}

#[variable_scope]
fn scaled(x: Tensor<f32>) -> Tensor<f32> {
    let v = device!("/cpu:1", { get_variable!("v", [1]) });
    x * v
}

model! {
    /// The listing in a model, on a device that can be had: the second processor.
    Placed(x: f32[?]) -> f32[?] { scaled(x) }
}

/// "Just like any other operation": where a variable is wanted, there it is read, initialized and changed; other ops are elsewhere.
/// The value crosses once (V7).
#[test]
fn variables_are_placed_like_other_operations() -> Result<()> {
    let graph = Graph::new();
    let (x, y) = graph.build(|| {
        let x = tf::placeholder::<f32, _>("x", [tf::ANY]);
        (x, Placed::graph(x))
    })?;
    let session = Session::with_options(&graph, &Store::new(), SessionOptions::new().cpu_devices(2))?;
    session.initialize()?;
    session.store().set("v", tf::IntoValue::<f32>::into_value(vec![3.0f32]))?;
    let (found, trace) = session.run_traced(y, &[x.feed(vec![1.0f32, 2.0])])?;
    assert_eq!(found, ndarray::arr1(&[3.0, 6.0]).into_dyn());
    let cpu = |device: &tf::DeviceSpec| device.parts().index;
    let crossed: Vec<_> = trace.transfers().map(|step| (cpu(&step.device), step.bytes)).collect();
    assert_eq!(crossed, [(Some(0), 4)], "{trace}");
    let on_second = |op: &tf::Placement| cpu(&op.device) == Some(1);
    let there: Vec<_> = session.placements()?.into_iter().filter(on_second).map(|op| op.op).collect();
    for op in ["VarHandleOp", "RandomUniform", "AssignVariableOp", "ReadVariableOp"] {
        assert!(there.contains(&op), "{op} is not among {there:?}");
    }
    assert!(!there.contains(&"Mul") && !there.contains(&"Placeholder"), "{there:?}");
    // The model says the same of itself, and runs where there are two.
    assert!(Placed::init(1).err().unwrap().code() == "E-DEVICE-MISSING");
    let model = Placed::init_with(1, SessionOptions::new().cpu_devices(2))?;
    assert_eq!(devices(model.instance().graph()), ["/device:CPU:1"]);
    assert_eq!(model.run(&ndarray::arr1(&[0.0]))?, ndarray::arr1(&[0.0]));
    Ok(())
}

/// What the guide warns of: placed on its worker, a variable is elsewhere for each; the setter puts it in one place for all.
#[test]
fn variables_by_accident_on_workers_are_one_for_each() -> Result<()> {
    let cluster = ClusterSpec::new().job("ps", ["ps0:2222"]).job("worker", ["worker0:2222", "worker1:2222"]);
    let on_worker = |task: u32| -> Result<Vec<String>> {
        let graph = Graph::new();
        let worker = format!("/job:worker/task:{task}");
        graph.build(|| {
            let variable =
                |name: &'static str| -> Variable<f32> { tf::get_variable(name, [8], VariableOptions::new()) };
            let _on_worker = device(worker.as_str(), || variable("by_accident"));
            let setter = replica_device_setter().cluster(&cluster).worker_device(worker.as_str());
            let _on_server = device(setter, || variable("on_purpose"));
        })?;
        Ok(devices(&graph))
    };
    assert_eq!(on_worker(0)?, ["/job:worker/task:0", "/job:ps/task:0"]);
    assert_eq!(on_worker(1)?, ["/job:worker/task:1", "/job:ps/task:0"]);
    Ok(())
}

/// What that comes to when they train: a copy for each worker, or one that has the updates of all (U28, U29).
#[test]
fn each_worker_forges_ahead_with_its_copy_unless_they_share() -> Result<()> {
    let train = |server: &Server| -> Result<f32> {
        let graph = Graph::new();
        let step = graph.build(|| {
            let v: Variable<f32> = get_variable!("v", [], initializer = zeros_initializer());
            v.assign_add(1.0)
        })?;
        let session = Session::with_server(&graph, server)?;
        session.initialize_missing()?;
        Ok(session.run(step)?[[]])
    };
    assert_eq!((train(&Server::new())?, train(&Server::new())?), (1.0, 1.0));
    let shared = Server::new();
    assert_eq!((train(&shared)?, train(&shared)?), (1.0, 2.0));
    Ok(())
}

#[test]
fn variables_are_placed_on_parameter_servers() -> Result<()> {
    let cluster_spec = ClusterSpec::new()
        .job("ps", ["ps0:2222", "ps1:2222"])
        .job("worker", ["worker0:2222", "worker1:2222", "worker2:2222"]);
    let graph = Graph::new();
    let (v, y) = graph.build(|| {
        device(replica_device_setter().cluster(&cluster_spec), || {
            let v: Variable<f32> = get_variable!("v", [20, 20]); // placed in the parameter server
            let _next: Variable<f32> = get_variable!("next", [20]);
            (v, v + 1.0)
        })
    })?;
    assert_eq!(devices(&graph), ["/job:ps/task:0", "/job:ps/task:1"]);
    graph.build(|| assert_eq!((v.device(), y.device()), ("/job:ps/task:0".into(), "/job:worker".into())))?;
    let summary = graph.summary().to_string();
    assert!(summary.lines().any(|line| line.starts_with("v ") && line.contains("/job:ps/task:0")), "{summary}");
    Ok(())
}
