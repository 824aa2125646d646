//! Programs of device_test.py, device_spec_test.py and of the placement strategies' tests: device texts, and servers chosen by load.

use crate::unread;
use tf::{
    DeviceOp, DeviceSpec, Graph, GreedyLoadBalancingStrategy, NoShape, PlacementStrategy, ReplicaDeviceSetter, Result,
    RoundRobinStrategy, Variable, VariableOptions, byte_size_load_fn, constant, device, get_variable, placeholder,
    replica_device_setter, zeros,
};

/// The text of what a text says.
fn canonical(text: &str) -> Result<String> {
    Ok(text.parse::<DeviceSpec>()?.to_string())
}

fn code(text: &str) -> &'static str {
    text.parse::<DeviceSpec>().err().map_or("none", |error| error.code())
}

/// Parts in any order come out in one, short forms as long ones (V6).
#[test]
fn device_texts_have_one_form() -> Result<()> {
    for (text, expected) in [
        ("/job:foo/replica:0", "/job:foo/replica:0"),
        ("/replica:0/job:foo", "/job:foo/replica:0"),
        ("/job:foo/task:0/replica:0", "/job:foo/replica:0/task:0"),
        ("/device:CPU:0", "/device:CPU:0"),
        ("/device:GPU:2", "/device:GPU:2"),
        ("/device:GPU:0/task:0/replica:0/job:foo", "/job:foo/replica:0/task:0/device:GPU:0"),
        ("/job:muu/task:1/device:MyFunnyDevice:2", "/job:muu/task:1/device:MyFunnyDevice:2"),
        ("/gpu:0", "/device:GPU:0"),
        ("/job:foo/replica:0/cpu:*", "/job:foo/replica:0/device:CPU:*"),
        ("", ""),
    ] {
        assert_eq!(canonical(text)?, expected, "{text}");
    }
    Ok(())
}

/// Numbers must be numbers, parts known ones, and the device one (V6).
#[test]
fn device_texts_are_checked() {
    for wrong in
        ["/job:j/replica:foo", "/job:j/task:bar", "/barcpugpu:muu/baz:2", "/cpu:0/device:GPU:2", "/job:j/task:0/task:"]
    {
        assert_eq!(code(wrong), "E-DEVICE", "{wrong}");
    }
    assert_eq!(code("/job:foo/replica:0"), "none");
}

/// Parts are set one by one, and are the same as a text's; equal ones are one key (V6).
#[test]
fn a_device_is_made_part_by_part() -> Result<()> {
    assert!(DeviceSpec::new().is_empty());
    let made = DeviceSpec::new().job("j").replica(0).task(1).device_type("CPU").index(2);
    assert_eq!(made.to_string(), "/job:j/replica:0/task:1/device:CPU:2");
    assert_eq!(made, "/job:j/replica:0/task:1/device:CPU:2".parse()?);
    let parts = made.parts();
    assert_eq!((parts.job, parts.replica, parts.task), (Some("j"), Some(0), Some(1)));
    assert_eq!((parts.device_type, parts.index), (Some("CPU"), Some(2)));
    assert_eq!(DeviceSpec::new().device_type("gpu").to_string(), "/device:GPU:*");
    let keys: std::collections::HashSet<DeviceSpec> = [made.clone(), made.clone(), made.job("k")].into();
    assert_eq!(keys.len(), 2);
    Ok(())
}

/// The inner one's parts stand before those of the outer (V1).
#[test]
fn devices_merge_part_by_part() -> Result<()> {
    let (empty, outer): (DeviceSpec, DeviceSpec) = (DeviceSpec::new(), "/job:foo/replica:1/gpu:3".parse()?);
    assert_eq!(outer.merge(&empty), outer);
    assert_eq!(empty.merge(&outer), outer);
    for (inner, expected) in [
        ("/job:bar", "/job:bar/replica:1/device:GPU:3"),
        ("/task:7", "/job:foo/replica:1/task:7/device:GPU:3"),
        ("/cpu:0", "/job:foo/replica:1/device:CPU:0"),
        ("/job:bar/replica:2/task:3/cpu:4", "/job:bar/replica:2/task:3/device:CPU:4"),
    ] {
        assert_eq!(outer.merge(&inner.parse()?).to_string(), expected);
    }
    Ok(())
}

/// The same by scopes inside each other, for what is made in them (V1, V4).
#[test]
fn merged_scopes_place_variables() -> Result<()> {
    Graph::new().build(|| {
        let made =
            |name: &str| Variable::<f32>::new(name, NoShape, VariableOptions::new().initializer(constant(1.0f32)));
        device("/device:GPU:0", || {
            assert_eq!(made("var1").device(), "/device:GPU:0");
            device("/job:worker", || {
                assert_eq!(made("var2").device(), "/job:worker/device:GPU:0");
                device("/device:CPU:0", || {
                    assert_eq!(made("var3").device(), "/job:worker/device:CPU:0");
                    device("/job:ps", || assert_eq!(made("var4").device(), "/job:ps/device:CPU:0"));
                });
            });
        });
    })
}

fn tasks(setter: ReplicaDeviceSetter, build: impl FnOnce()) -> Result<Vec<u32>> {
    let graph = Graph::new();
    graph.build(|| device(setter, build))?;
    let task = |variable: tf::VariableDescription| variable.device.parts().task.expect("a server's");
    Ok(graph.variables().into_iter().map(task).collect())
}

fn four() {
    for name in ["u", "v", "w", "x"] {
        unread(get_variable::<f32, _, _>(name, [2, 2], VariableOptions::new()));
    }
}

fn by<S: PlacementStrategy + 'static>(servers: u32, strategy: S) -> ReplicaDeviceSetter {
    replica_device_setter().ps_tasks(servers).ps_strategy(strategy)
}

/// Where all have one load, the least loaded one is the next (V31).
#[test]
fn equal_loads_take_turns() -> Result<()> {
    let greedy = || GreedyLoadBalancingStrategy::new(2, |_: &DeviceOp<'_>| Ok(1.0));
    assert_eq!(tasks(by(2, greedy()), four)?, [0, 1, 0, 1]);
    assert_eq!(tasks(by(2, RoundRobinStrategy::new(2)), four)?, [0, 1, 0, 1]);
    assert_eq!(tasks(replica_device_setter().ps_tasks(2), four)?, [0, 1, 0, 1]);
    let three = GreedyLoadBalancingStrategy::new(3, |_: &DeviceOp<'_>| Ok(1.0));
    assert_eq!(tasks(by(3, three), four)?, [0, 1, 2, 0]);
    Ok(())
}

/// A large one is alone on its server until the others have caught up (V31).
#[test]
fn the_least_load_is_next() -> Result<()> {
    let by_bytes = || by(2, GreedyLoadBalancingStrategy::new(2, byte_size_load_fn));
    let made = |sizes: &'static [usize]| {
        tasks(by_bytes(), move || {
            for (i, &size) in sizes.iter().enumerate() {
                unread(get_variable::<f32, _, _>(format!("v{i}"), [size], VariableOptions::new()));
            }
        })
    };
    assert_eq!(made(&[10, 1, 1, 1])?, [0, 1, 1, 1]);
    assert_eq!(made(&[10, 2, 2, 2, 2, 2, 2])?, [0, 1, 1, 1, 1, 1, 0], "equal loads: the first");
    // A scalar has a load as well, and doubles have twice that of floats.
    let mixed = tasks(by_bytes(), || {
        unread(get_variable::<f64, _, _>("a", [2], VariableOptions::new()));
        unread(get_variable::<f32, _, _>("b", [], VariableOptions::new()));
        unread(get_variable::<f32, _, _>("c", [2], VariableOptions::new()));
        unread(get_variable::<f32, _, _>("d", [1], VariableOptions::new()));
        unread(get_variable::<f32, _, _>("e", [1], VariableOptions::new()));
    })?;
    assert_eq!(mixed, [0, 1, 1, 1, 0]);
    Ok(())
}

/// The load of an op is that of its output, whose shape must be known (V31).
#[test]
fn a_load_is_the_bytes_of_an_output() -> Result<()> {
    let seen: std::sync::Arc<std::sync::Mutex<Vec<Option<f64>>>> = std::sync::Arc::default();
    let record = seen.clone();
    Graph::new().build(|| {
        let noting = move |op: &DeviceOp<'_>| {
            record.lock().expect("nobody panics with it").push(byte_size_load_fn(op).ok());
            DeviceSpec::new()
        };
        device(noting, || {
            let _ =
                (zeros::<f32, _>([10, 10]), placeholder::<f64, _>("x", [3, 3]), placeholder::<f32, _>("y", [tf::ANY]));
        });
    })?;
    assert_eq!(*seen.lock().expect("nobody panics with it"), [Some(400.0), Some(72.0), None]);
    Ok(())
}
