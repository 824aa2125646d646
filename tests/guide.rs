//! The listings of TensorFlow's guide to variables, in its order: creating, collections, device placement, initializing, using,
//! sharing.
//!
//! Sentences without a listing have a test, too: what they promise is asserted.

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

// What a variable is

#[test]
fn a_value_outlives_the_run_that_wrote_it() -> Result<()> {
    let graph = Graph::new();
    let (v, add) = graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [], initializer = zeros_initializer());
        (v, v.assign_add(1.0))
    })?;
    let session = started(&graph)?;
    for n in 1..4 {
        session.run(add)?;
        assert_eq!(session.run(v)?[[]], n as f32);
    }
    Ok(())
}

/// Workers with sessions of their own, here in threads with graphs of their own, see the same values by name.
#[test]
fn what_one_session_writes_the_others_see() -> Result<()> {
    let server = tf::Server::new();
    let worker = |rounds: usize| -> Result<()> {
        let graph = Graph::new();
        let add = graph.build(|| {
            let v: Variable<i64> = get_variable!("v", [], initializer = zeros_initializer());
            v.assign_add(1)
        })?;
        let session = Session::with_server(&graph, &server)?;
        session.initialize_missing()?;
        (0..rounds).try_for_each(|_| session.run(add).map(|_| ()))
    };
    worker(1)?;
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..3).map(|_| scope.spawn(|| worker(100))).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("no worker panics"))
    })?;
    assert_eq!(server.container("").get("v")?.as_slice(), Some(&[301i64][..]));
    Ok(())
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

#[test]
fn a_shape_beside_a_tensor_is_refused() {
    let code = Graph::new()
        .build(|| -> Variable<i32> { get_variable!("v", [2], initializer = tf::constant([23, 42])) })
        .unwrap_err()
        .code()
        .to_owned();
    assert_eq!(code, "E-SHAPE-WITH-TENSOR");
}

/// The name is also that of the value in a checkpoint.
#[test]
fn a_checkpoint_names_values_as_their_variables() -> Result<()> {
    let graph = Graph::new();
    let _v: Variable<f32> = graph.build(|| get_variable!("my_variable", [1, 2, 3]))?;
    let session = started(&graph)?;
    let folder = std::env::temp_dir().join(format!("tf-scope-guide-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder for temporary files is writable");
    let file = tf::Saver::new(&graph).save(&session, folder.join("model"))?;
    let names: Vec<String> = tf::Checkpoint::open(&file)?.entries().map(|entry| entry.name().to_owned()).collect();
    std::fs::remove_dir_all(&folder).expect("it was just made");
    assert_eq!(names, ["my_variable"]);
    Ok(())
}

#[test]
fn a_variable_that_is_never_shared_is_global_and_trainable_too() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        let made = || -> Variable<f32> { new_variable!("v", initializer = tf::constant([1.0, 2.0])) };
        let (first, second) = (made(), made());
        assert_eq!((first.name(), second.name()), ("v".to_owned(), "v_1".to_owned()));
    })?;
    for name in [collection::GLOBAL_VARIABLES, collection::TRAINABLE_VARIABLES] {
        assert_eq!(graph.collection::<AnyVariable>(name).len(), 2, "{name}");
    }
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

#[test]
fn what_is_not_initialized_is_listed() -> Result<()> {
    let graph = Graph::new();
    let (my_variable, report) = graph.build(|| {
        let my_variable: Variable<f32> = get_variable!("my_variable", [2]);
        let _other: Variable<f32> = get_variable!("other_variable", [2]);
        (my_variable, tf::report_uninitialized_variables())
    })?;
    let session = Session::new(&graph)?;
    assert_eq!(session.run(report)?.as_slice().unwrap(), ["my_variable", "other_variable"]);
    session.run(graph.build(|| my_variable.initializer())?)?;
    assert_eq!(session.run(report)?.as_slice().unwrap(), ["other_variable"]);
    session.initialize()?;
    assert!(session.run(report)?.is_empty());
    Ok(())
}

#[test]
fn the_initialized_value_of_another_variable() -> Result<()> {
    let graph = Graph::new();
    let (v, w) = graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [], initializer = zeros_initializer());
        (v, get_variable!("w", initializer = v.initialized_value() + 1.0))
    })?;
    let session = Session::new(&graph)?;
    // Also when `w` is initialized alone: then `v` stays as it is.
    session.run(graph.build(|| w.initializer())?)?;
    assert_eq!(session.run(w)?[[]], 1.0);
    assert_eq!(session.run(v).unwrap_err().code(), "E-UNINITIALIZED");
    Ok(())
}

/// Sessions that share values agree on what was drawn at random: one of them initializes.
#[test]
fn what_is_drawn_once_is_the_same_for_all() -> Result<()> {
    let server = tf::Server::new();
    let drawn = || -> Result<ndarray::ArrayD<f32>> {
        let graph = Graph::new();
        let v: Variable<f32> = graph.build(|| get_variable!("v", [4]))?;
        let session = Session::with_server(&graph, &server)?;
        session.initialize_missing()?;
        session.run(v)
    };
    assert_eq!(drawn()?, drawn()?);
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

/// `.run()` of an operation, in the session that is the default one.
#[test]
fn operations_run_themselves() -> Result<()> {
    use tf::DefaultSession;
    let graph = Graph::new();
    let (v, assignment, all) = graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [], initializer = zeros_initializer());
        (v, v.assign_add(1.0), global_variables_initializer())
    })?;
    let session = Session::new(&graph)?;
    session.as_default(|| {
        all.run(DefaultSession)?;
        assignment.run(DefaultSession)?;
        assert_eq!(v.eval(DefaultSession)?[[]], 1.0);
        Ok(())
    })
}

/// Optimizers change a variable in one op, which is made for that.
#[test]
fn optimizers_have_ops_of_their_own() -> Result<()> {
    use tf::train::{Momentum, Optimizer};
    let graph = Graph::new();
    let (v, step) = graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [], initializer = ones_initializer());
        (v, Momentum::new(0.25, 0.9).minimize(v * v))
    })?;
    assert!(graph.op_names().contains(&"Momentum/update_v/ResourceApplyMomentum".to_owned()));
    let session = started(&graph)?;
    session.run(step)?;
    assert_eq!(session.run(v)?[[]], 0.5);
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

/// The first way to share: variables as arguments.
#[variable_scope]
fn filtered(input: Tensor<f32>, weights: Variable<f32>, biases: Variable<f32>) -> Tensor<f32> {
    nn::relu(nn::conv2d(input, weights, [1, 1], Padding::Same) + biases)
}

model! {
    /// Two images through one filter that is passed around.
    ByArgument(image1: f32[1, 4, 4, 1], image2: f32[1, 4, 4, 1]) -> (f32[1, 4, 4, 2], f32[1, 4, 4, 2]) {
        let weights = get_variable!("weights", [3, 3, 1, 2]);
        let biases = get_variable!("biases", [2], initializer = zeros_initializer());
        (filtered(image1, weights, biases), filtered(image2, weights, biases))
    }
}

#[test]
fn variables_are_shared_by_passing_them() -> Result<()> {
    assert_eq!(ByArgument::PARAMETERS, 3 * 3 * 2 + 2);
    let image = ndarray::Array4::from_shape_fn((1, 4, 4, 1), |(_, y, x, _)| (y * x) as f32);
    let (first, second) = ByArgument::init(7)?.run(&image, &image)?;
    assert_eq!(first, second);
    Ok(())
}

model! {
    /// Layers and metrics of the library share by scopes as well.
    WithLayers(left: f32[n, 3], right: f32[n, 3], labels: f32[n, 2]) -> (f32[n, 2], f32[n, 2], f32[]) {
        use tf::{layers::{Dense, dense}, metrics::{Metric, mean_squared_error}};
        with variable_scope("model") as scope {
            let a = dense(left, Dense::new(2).name("out"));
            let (_, first) = mean_squared_error(labels, a, Metric::new().name("error"));
            scope.reuse_variables();
            let b = dense(right, Dense::new(2).name("out"));
            let (_, both) = control_dependencies!([first], { mean_squared_error(labels, b, Metric::new().name("error")) });
            (a, b, both)
        }
    }
}

#[test]
fn layers_and_metrics_share_through_scopes() -> Result<()> {
    let names: Vec<String> = WithLayers::VARIABLES.iter().map(|variable| variable.name.to_string()).collect();
    assert_eq!(names, ["model/out/kernel", "model/out/bias", "model/error/total", "model/error/count"]);
    let model = WithLayers::init(3)?;
    let (x, labels) = (ndarray::Array2::ones((4, 3)), ndarray::Array2::zeros((4, 2)));
    let (a, b, error) = model.run(&x, &x, &labels)?;
    assert_eq!(a, b);
    assert!((error[[]] - a.iter().map(|x| x * x).sum::<f32>() / 8.0).abs() < 1e-6);
    assert_eq!(model.get::<f32>("model/error/count")?[[]], 16.0);
    Ok(())
}

/// The guide's first call, word for word: 32 channels and a kernel for one are a convolution in 32 groups. It is the second that fails.
#[test]
fn the_guides_example_that_fails_fails_at_its_second_line() {
    let graph = Graph::new();
    let first = || conv_relu(tf::random_normal([1, 10, 10, 32], 0.0, 1.0), [5, 5, 1, 32], [32]);
    let shape = graph.build(first).map(|x| x.shape().to_string());
    assert_eq!(shape.as_deref().ok(), Some("[1, 10, 10, 32]"));
    let second = Graph::new().build(|| conv_relu(first(), [5, 5, 32, 32], [32]));
    assert_eq!(second.unwrap_err().variable(), Some("weights"));
}
