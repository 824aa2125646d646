//! `device!` and `colocate_with!`: V rows in layers and models, which place ops and leave variables as they are.

use tf::prelude::*;

#[variable_scope]
fn dense(x: Tensor<f32>, units: usize, on: &str) -> Tensor<f32> {
    let w = device!(on, { get_variable!("w", [x.dim(1), units], initializer = ones_initializer()) });
    let product = device!("/cpu:1", { tf::matmul(x, w) });
    let scale = tf::colocate_with!(w, { tf::constant(2.0f32) });
    device!(None, { product * scale })
}

model! {
    OnTwo(x: f32[?, 2]) -> f32[?, 3] {
        with device("/job:localhost") {
            let y = variable_scope!("first", { dense(x, 2, "/cpu:1") });
            with variable_scope("second") { dense(y, 3, "/task:0") }
        }
    }
}

#[test]
fn devices_place_ops_and_do_not_name_variables() {
    let graph = Graph::new();
    let x = graph.build(|| tf::placeholder::<f32, _>("x", [tf::ANY, 2])).unwrap();
    graph.build(|| OnTwo::graph(x)).unwrap();
    assert_eq!(names!(OnTwo), ["first/w", "second/w"]);
    let devices: Vec<String> = graph.variables().iter().map(|variable| variable.device.to_string()).collect();
    assert_eq!(devices, ["/job:localhost/device:CPU:1", "/job:localhost/task:0"]);
    let of = |name: &str| {
        let devices = graph.devices();
        let (_, device) = devices.iter().find(|(op, _)| op == name).unwrap_or_else(|| panic!("{name}: {devices:?}"));
        device.to_string()
    };
    assert_eq!(of("first/MatMul"), "/job:localhost/device:CPU:1");
    assert_eq!(of("first/mul"), "");
    assert_eq!(of("second/MatMul"), "/job:localhost/device:CPU:1");
    assert_eq!(of("second/Const"), "/job:localhost/task:0");
}
