//! The listings of TensorFlow's guide to variables, in its order: creating, collections, device placement, initializing, using,
//! sharing.
//!
//! The report of uninitialized variables, `initialized_value` and partitioners come with the next milestone.

use tf::prelude::*;
use tf::{
    AnyVariable, ClusterSpec, Object, Result, add_to_collection, get_collection, global_variables_initializer,
    local_variables_initializer, replica_device_setter,
};

/// A session with every variable initialized.
fn started(graph: &Graph) -> Result<Session> {
    let session = Session::new(graph)?;
    session.initialize()?;
    Ok(session)
}

fn names(graph: &Graph) -> Vec<String> {
    graph.variables().into_iter().map(|variable| variable.name).collect()
}

// Creating

#[test]
fn a_name_and_a_shape_make_a_variable_with_glorot_values() -> Result<()> {
    let graph = Graph::new();
    let v: Variable<f32> = graph.build(|| get_variable!("my_variable", [1, 2, 3]))?;
    assert_eq!((v.dtype(), v.shape().to_string().as_str()), (DType::F32, "[1, 2, 3]"));
    assert_eq!(names(&graph), ["my_variable"]);
    // Fans of 2 and 3 inputs and outputs, each times a field of 1.
    let limit = (6.0f32 / (2.0 + 3.0)).sqrt();
    let values = started(&graph)?.run(v)?;
    assert!(values.iter().all(|x| x.abs() <= limit) && values.iter().any(|x| *x != values[[0, 0, 0]]), "{values}");
    Ok(())
}

#[test]
fn type_and_initializer_may_be_given() -> Result<()> {
    let graph = Graph::new();
    let v =
        graph.build(|| get_variable!("my_int_variable", [1, 2, 3], dtype = i32, initializer = zeros_initializer()))?;
    assert_eq!(v.dtype(), DType::I32);
    assert_eq!(started(&graph)?.run(v)?, ndarray::ArrayD::<i32>::zeros(vec![1, 2, 3]));
    Ok(())
}

#[test]
fn a_tensor_as_initializer_gives_the_shape() -> Result<()> {
    let graph = Graph::new();
    let v = graph.build(|| get_variable!("other_variable", dtype = i32, initializer = tf::constant([23, 42])))?;
    assert_eq!(v.shape().to_string(), "[2]");
    assert_eq!(started(&graph)?.run(v)?, ndarray::arr1(&[23, 42]).into_dyn());
    Ok(())
}

// Collections

#[test]
fn a_variable_is_global_and_trainable() -> Result<()> {
    let graph = Graph::new();
    let _v: Variable<f32> = graph.build(|| get_variable!("v", [1]))?;
    for name in [collection::GLOBAL_VARIABLES, collection::TRAINABLE_VARIABLES] {
        assert_eq!(graph.collection::<AnyVariable>(name).len(), 1, "{name}");
    }
    assert!(graph.collection::<AnyVariable>(collection::LOCAL_VARIABLES).is_empty());
    assert!(graph.variables()[0].trainable);
    Ok(())
}

/// As the guide has it: TensorFlow itself goes on training such a variable.
#[test]
fn a_local_variable_is_not_trained() -> Result<()> {
    let graph = Graph::new();
    let v: Variable<f32> =
        graph.build(|| get_variable!("my_local", [], collections = [collection::LOCAL_VARIABLES]))?;
    assert!(!graph.variables()[0].trainable);
    assert_eq!(graph.collection::<AnyVariable>(collection::LOCAL_VARIABLES).len(), 1);
    assert!(graph.collection::<AnyVariable>(collection::GLOBAL_VARIABLES).is_empty());
    assert!(graph.collection::<AnyVariable>(collection::TRAINABLE_VARIABLES).is_empty());
    let (global, local) = graph.build(|| (global_variables_initializer(), local_variables_initializer()))?;
    let session = Session::new(&graph)?;
    session.run(global)?;
    assert_eq!(session.run(v).unwrap_err().code(), "E-UNINITIALIZED");
    session.run(local)?;
    session.run(v).map(|_| ())
}

#[test]
fn a_variable_may_be_kept_from_training() -> Result<()> {
    let graph = Graph::new();
    let _v: Variable<f32> = graph.build(|| get_variable!("my_non_trainable", [], trainable = false))?;
    assert!(!graph.variables()[0].trainable);
    assert_eq!(graph.collection::<AnyVariable>(collection::GLOBAL_VARIABLES).len(), 1);
    assert!(graph.collection::<AnyVariable>(collection::TRAINABLE_VARIABLES).is_empty());
    Ok(())
}

#[test]
fn any_text_is_a_collection() -> Result<()> {
    let graph = Graph::new();
    let (v, found) = graph.build(|| {
        let v: Variable<f32> = get_variable!("my_local", []);
        add_to_collection("my_collection_name", v);
        add_to_collection("my_collection_name", Object(7));
        (v, get_collection::<AnyVariable>("my_collection_name"))
    })?;
    let found: Vec<_> = found.into_iter().filter_map(|any| any.typed::<f32>()).collect();
    assert_eq!(found.iter().map(|v| graph.name_of(*v)).collect::<Vec<_>>(), [graph.name_of(v)]);
    assert_eq!(graph.collection::<Object<i32>>("my_collection_name"), [Object(7)]);
    Ok(())
}

// Device placement

#[test]
fn a_variable_is_placed_on_a_device() -> Result<()> {
    let graph = Graph::new();
    let v: Variable<f32> = graph.build(|| device!("/gpu:1", { get_variable!("v", [1]) }))?;
    assert_eq!(graph.variables()[0].device.to_string(), "/device:GPU:1");
    let error = started(&graph).unwrap_err();
    assert!(error.code() == "E-DEVICE-MISSING" && error.variable().is_none() && error.node() == Some("v"), "{error}");
    let options = tf::SessionOptions::new().soft_placement(true);
    let session = Session::with_options(&graph, &tf::Store::new(), options)?;
    session.initialize()?;
    assert_eq!(session.run(v)?.len(), 1);
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
    let devices: Vec<String> = graph.variables().into_iter().map(|variable| variable.device.to_string()).collect();
    assert_eq!(devices, ["/job:ps/task:0", "/job:ps/task:1"]);
    graph.build(|| assert_eq!((v.device(), y.device()), ("/job:ps/task:0".into(), "/job:worker".into())))?;
    Ok(())
}

// Initializing

#[test]
fn one_operation_initializes_all_variables() -> Result<()> {
    let graph = Graph::new();
    let (a, b, all) = graph.build(|| {
        let a: Variable<f32> = get_variable!("a", [2], initializer = ones_initializer());
        let b: Variable<f64> = get_variable!("b", [], initializer = constant_initializer(0.5));
        (a, b, global_variables_initializer())
    })?;
    let session = Session::new(&graph)?;
    let error = session.run(a).unwrap_err();
    assert_eq!(error.code(), "E-UNINITIALIZED");
    session.run(all)?;
    let (a, b) = session.run((a, b))?;
    assert_eq!((a, b[[]]), (ndarray::arr1(&[1.0, 1.0]).into_dyn(), 0.5));
    Ok(())
}

#[test]
fn a_variable_has_an_initializer_of_its_own() -> Result<()> {
    let graph = Graph::new();
    let (mine, other) = graph.build(|| -> (Variable<f32>, Variable<f32>) {
        (get_variable!("mine", [], initializer = ones_initializer()), get_variable!("other", []))
    })?;
    let session = Session::new(&graph)?;
    session.run(graph.build(|| mine.initializer())?)?;
    assert_eq!(session.run(mine)?[[]], 1.0);
    assert_eq!(session.run(other).unwrap_err().code(), "E-UNINITIALIZED");
    Ok(())
}

/// `Session::initialize` looks at what depends on what, so the value of another variable may simply be used.
#[test]
fn an_initial_value_may_depend_on_another_variable() -> Result<()> {
    let graph = Graph::new();
    let (v, w) = graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [], initializer = zeros_initializer());
        (v, get_variable!("w", initializer = v + 1.0))
    })?;
    let (v, w) = started(&graph)?.run((v, w))?;
    assert_eq!((v[[]], w[[]]), (0.0, 1.0));
    Ok(())
}

// Using

#[test]
fn a_variable_counts_as_its_value() -> Result<()> {
    let graph = Graph::new();
    let w: Tensor<f32> = graph.build(|| {
        let v = get_variable!("v", [], initializer = zeros_initializer());
        v + 1.0
    })?;
    assert_eq!(started(&graph)?.run(w)?[[]], 1.0);
    Ok(())
}

#[test]
fn an_assignment_happens_when_it_is_run() -> Result<()> {
    let graph = Graph::new();
    let (v, assignment) = graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [], initializer = zeros_initializer());
        (v, v.assign_add(1.0))
    })?;
    let session = started(&graph)?;
    assert_eq!(session.run(v)?[[]], 0.0);
    session.run(assignment)?;
    session.run(assignment)?;
    assert_eq!(session.run(v)?[[]], 2.0);
    Ok(())
}

#[test]
fn a_value_is_read_after_what_it_depends_on() -> Result<()> {
    let graph = Graph::new();
    let w = graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [], initializer = zeros_initializer());
        let assignment = v.assign_add(1.0);
        control_dependencies([assignment], || v.read_value())
    })?;
    let session = started(&graph)?;
    for n in 1..4 {
        assert_eq!(session.run(w)?[[]], n as f32);
    }
    Ok(())
}

// Sharing

#[variable_scope]
fn conv_relu(input: Tensor<f32>, kernel_shape: [usize; 4], bias_shape: [usize; 1]) -> Tensor<f32> {
    let weights = get_variable!("weights", kernel_shape, initializer = random_normal_initializer());
    let biases = get_variable!("biases", bias_shape, initializer = constant_initializer(0.0));
    let conv = nn::conv2d(input, weights, [1, 1], Padding::Same);
    nn::relu(conv + biases)
}

#[variable_scope]
fn my_image_filter(input_images: Tensor<f32>) -> Tensor<f32> {
    let relu1 = variable_scope!("conv1", { conv_relu(input_images, [5, 5, 1, 32], [32]) });
    variable_scope!("conv2", { conv_relu(relu1, [5, 5, 32, 32], [32]) })
}

#[test]
fn a_layer_makes_variables_of_short_names() -> Result<()> {
    let graph = Graph::new();
    let y = graph.build(|| conv_relu(tf::zeros([1, 4, 4, 1]), [5, 5, 1, 32], [32]))?;
    assert_eq!(y.shape().to_string(), "[1, 4, 4, 32]");
    assert_eq!(names(&graph), ["weights", "biases"]);
    Ok(())
}

/// In a model, rustc refuses the same: `tests/ui/conv_relu_called_twice.rs`.
#[test]
fn the_same_layer_twice_in_one_scope_fails() {
    let graph = Graph::new();
    let error = graph
        .build(|| {
            let x = conv_relu(tf::zeros([1, 4, 4, 1]), [5, 5, 1, 32], [32]);
            conv_relu(x, [5, 5, 32, 32], [32])
        })
        .unwrap_err();
    assert_eq!((error.code(), error.variable()), ("E-EXISTS", Some("weights")));
    // The graph is as it was, so that it can be tried again.
    assert!(names(&graph).is_empty());
}

const FOUR: [&str; 4] = ["model/conv1/weights", "model/conv1/biases", "model/conv2/weights", "model/conv2/biases"];

#[test]
fn scopes_give_each_call_variables_of_its_own() -> Result<()> {
    let graph = Graph::new();
    let _filtered = graph.build(|| my_image_filter(tf::zeros([1, 4, 4, 1])))?;
    assert_eq!(names(&graph), FOUR.map(|name| name.trim_start_matches("model/")));
    Ok(())
}

model! {
    /// By a scope of the same name.
    ByName(image1: f32[1, 10, 10, 1], image2: f32[1, 20, 20, 1]) -> (f32[1, 10, 10, 32], f32[1, 20, 20, 32]) {
        let output1 = with variable_scope("model") { my_image_filter(image1) };
        let output2 = with variable_scope("model", reuse = true) { my_image_filter(image2) };
        (output1, output2)
    }
}

model! {
    /// By telling the scope.
    ByReuseVariables(image1: f32[1, 10, 10, 1], image2: f32[1, 20, 20, 1]) -> (f32[1, 10, 10, 32], f32[1, 20, 20, 32]) {
        with variable_scope("model") as scope {
            let output1 = my_image_filter(image1);
            scope.reuse_variables();
            let output2 = my_image_filter(image2);
            (output1, output2)
        }
    }
}

model! {
    /// By the scope as an object.
    ByObject(image1: f32[1, 10, 10, 1], image2: f32[1, 20, 20, 1]) -> (f32[1, 10, 10, 32], f32[1, 20, 20, 32]) {
        let (output1, scope) = with variable_scope("model") as scope { (my_image_filter(image1), scope) };
        let output2 = with variable_scope(scope, reuse = true) { my_image_filter(image2) };
        (output1, output2)
    }
}

/// The variables are the guide's four, in both worlds, and the outputs have the names that TensorFlow gives their ops.
macro_rules! shares {
    ($model:ty, $first:literal, $second:literal) => {
        let known: Vec<_> = <$model>::VARIABLES.iter().map(|variable| variable.name.to_string()).collect();
        assert_eq!(known, FOUR);
        assert_eq!(<$model>::PARAMETERS, 5 * 5 * 32 + 32 + 5 * 5 * 32 * 32 + 32);
        let graph = Graph::new();
        let (first, second) = graph.build(|| <$model>::graph(tf::zeros([1, 10, 10, 1]), tf::zeros([1, 20, 20, 1])))?;
        assert_eq!(names(&graph), FOUR);
        assert_eq!(graph.name_of(first).as_deref(), Some($first));
        assert_eq!(graph.name_of(second).as_deref(), Some($second));
        assert_eq!(
            (first.shape().to_string(), second.shape().to_string()),
            ("[1, 10, 10, 32]".into(), "[1, 20, 20, 32]".into())
        );
    };
}

#[test]
fn a_scope_of_the_same_name_that_reuses_shares() -> Result<()> {
    shares!(ByName, "model/conv2/Relu", "model_1/conv2/Relu");
    Ok(())
}

#[test]
fn a_scope_that_is_told_to_reuse_shares() -> Result<()> {
    shares!(ByReuseVariables, "model/conv2/Relu", "model/conv2_1/Relu");
    Ok(())
}

#[test]
fn a_scope_object_entered_again_shares() -> Result<()> {
    shares!(ByObject, "model/conv2/Relu", "model_1/conv2/Relu");
    Ok(())
}

/// What is shared has one value: both outputs follow it.
#[test]
fn both_outputs_follow_one_variable() -> Result<()> {
    let model = ByName::init(42)?;
    let (image1, image2) = (ndarray::Array4::ones((1, 10, 10, 1)), ndarray::Array4::ones((1, 20, 20, 1)));
    let (before1, before2) = model.run(&image1, &image2)?;
    // Away from the border every pixel of either image sees the same neighbours.
    assert_eq!(before1[[0, 5, 5, 0]], before2[[0, 9, 9, 0]]);
    assert!(before1.iter().any(|x| *x > 0.0));
    model.set("model/conv2/weights", ndarray::ArrayD::<f32>::zeros(vec![5, 5, 32, 32]))?;
    model.set("model/conv2/biases", ndarray::ArrayD::<f32>::from_elem(vec![32], 2.0))?;
    let (after1, after2) = model.run(&image1, &image2)?;
    assert!(after1.iter().chain(&after2).all(|x| *x == 2.0));
    Ok(())
}
