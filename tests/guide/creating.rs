//! "Creating a variable": a name, a shape, a type, a first value.

use crate::{Folder, known, names, started};
use ndarray::{ArrayD, arr1};
use tf::{AnyVariable, Initializer, NoShape, Result, Server, VariableOptions, VariableScope, prelude::*};

// The name.

/// In layers rustc says it: `tests/ui/variable_without_name.rs`, `name_empty.rs`.
#[test]
fn a_variable_must_be_given_a_name() {
    let unnamed = || -> Variable<f32> { tf::get_variable("", [1, 2, 3], VariableOptions::new()) };
    assert_eq!(Graph::new().build(unnamed).unwrap_err().code(), "E-NAME-EMPTY");
}

/// Replicas in one graph, and in graphs of their own on one server: both come to the variable by its name.
#[test]
fn replicas_access_a_variable_by_its_name() -> Result<()> {
    let in_one_graph = Graph::new();
    let replica = |device: &str| -> Variable<f32> {
        tf::device(device, || tf::variable_scope(tf::scope("model").reuse(AUTO_REUSE), |_| get_variable!("w", [2])))
    };
    let (first, second) = in_one_graph.build(|| (replica("/cpu:0"), replica("/cpu:1")))?;
    assert_eq!(names(&in_one_graph), ["model/w"]);
    assert_eq!(in_one_graph.name_of(first), in_one_graph.name_of(second));

    let server = Server::new();
    let between_graphs = |name: &'static str| -> Result<ArrayD<f32>> {
        let graph = Graph::new();
        let w: Variable<f32> = graph.build(|| tf::get_variable(name, [16], VariableOptions::new()))?;
        let session = Session::with_server(&graph, &server)?;
        session.initialize_missing()?;
        session.run(w)
    };
    let drawn = between_graphs("w")?;
    assert_eq!(between_graphs("w")?, drawn);
    assert_ne!(between_graphs("other")?, drawn);
    Ok(())
}

model! {
    /// One variable, to be exported.
    Exported(x: f32[?, 3]) -> f32[?, 3] {
        with variable_scope("part") { x + get_variable!("my_variable", [1, 3]) }
    }
}

/// The name is that of the value in a checkpoint and in an exported model (B2).
#[test]
fn a_checkpoint_names_values_as_their_variables() -> Result<()> {
    let folder = Folder::new("names");
    let graph = Graph::new();
    let _v: Variable<f32> = graph.build(|| get_variable!("my_variable", [1, 2, 3]))?;
    let checkpoint = tf::Saver::new(&graph).save(&started(&graph)?, folder.file("model"))?;
    let of = |file: &std::path::Path| -> Result<Vec<String>> {
        Ok(tf::Checkpoint::open(file)?.entries().map(|entry| entry.name().to_owned()).collect())
    };
    assert_eq!(of(&checkpoint)?, ["my_variable"]);
    let exported = folder.file("exported.safetensors");
    let model = Exported::init(3)?;
    model.save(&exported)?;
    assert_eq!(of(&exported)?, ["part/my_variable"]);
    assert_eq!(Exported::load(&exported)?.get::<f32>("part/my_variable")?, model.get::<f32>("part/my_variable")?);
    Ok(())
}

/// "reuse a previously created variable of the same name" (R4): what one handle writes, the other reads.
#[test]
fn a_variable_of_the_same_name_can_be_had_again() -> Result<()> {
    let graph = Graph::new();
    let (assignment, again) = graph.build(|| {
        let first: Variable<f32> = get_variable!("v", [2], initializer = zeros_initializer());
        tf::get_variable_scope().reuse_variables();
        let again: Variable<f32> = get_variable!("v", [2]);
        (first.assign(tf::constant([5.0, 6.0])), again)
    })?;
    assert_eq!(names(&graph), ["v"]);
    let session = started(&graph)?;
    session.run(assignment)?;
    assert_eq!(session.run(again)?, arr1(&[5.0, 6.0]).into_dyn());
    Ok(())
}

#[variable_scope]
fn scaled(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("factor", [3], initializer = constant_initializer(2.0))
}

model! {
    /// "easy to define models which reuse layers"
    LayerTwice(x: f32[3]) -> f32[3] {
        let once = scaled(x);
        tf::get_variable_scope().reuse_variables();
        scaled(once)
    }
}

#[test]
fn a_model_reuses_a_layer() -> Result<()> {
    assert_eq!(known(LayerTwice::VARIABLES), ["factor"]);
    assert_eq!(LayerTwice::VARIABLES[0].calls, 2);
    assert_eq!(LayerTwice::init(1)?.run(&arr1(&[1.0, 2.0, 3.0]))?, arr1(&[4.0, 8.0, 12.0]));
    Ok(())
}

// Name and shape: `my_variable = tf.get_variable("my_variable", [1, 2, 3])`.

model! {
    /// The guide's first three listings, checked by rustc.
    Listed(x: f32[1, 2, 3], n: i32[1, 2, 3], pair: i32[2]) -> (f32[1, 2, 3], i32[1, 2, 3], i32[2]) {
        let my_variable = get_variable!("my_variable", [1, 2, 3]);
        let my_int_variable = get_variable!("my_int_variable", [1, 2, 3], dtype = i32, initializer = zeros_initializer());
        let other_variable = get_variable!("other_variable", dtype = i32, initializer = tf::constant([23, 42]));
        (x + my_variable, n + my_int_variable, pair + other_variable)
    }
}

/// `f32` is what a variable is in an expression of `f32`s; there is no type without anything that says it (D3).
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

/// The same three from a model's constants, where nothing has run yet, and from the model (C1, I8, I15).
#[test]
fn the_first_listings_are_known_to_the_compiler() -> Result<()> {
    let specs: Vec<String> =
        Listed::VARIABLES.iter().map(|variable| format!("{}: {}", variable.name, variable.spec)).collect();
    assert_eq!(specs, ["my_variable: f32[1, 2, 3]", "my_int_variable: i32[1, 2, 3]", "other_variable: i32[2]"]);
    let model = Listed::init(11)?;
    let zeros = ndarray::Array3::<f32>::zeros((1, 2, 3));
    let (drawn, int, other) = model.run(&zeros, &ndarray::Array3::zeros((1, 2, 3)), &arr1(&[0, 0]))?;
    assert_eq!((int, other), (ndarray::Array3::zeros((1, 2, 3)), arr1(&[23, 42])));
    // The default is the glorot uniform initializer, value by value.
    let graph = Graph::new();
    graph.set_random_seed(11);
    let said: Variable<f32> =
        graph.build(|| get_variable!("my_variable", [1, 2, 3], initializer = glorot_uniform_initializer()))?;
    assert_eq!(drawn.into_dyn(), started(&graph)?.run(said)?);
    Ok(())
}

/// The listings without macros.
#[test]
fn variables_are_created_by_plain_functions_too() -> Result<()> {
    let graph = Graph::new();
    let (mine, int, other) = graph.build(|| -> (Variable<f32>, Variable<i32>, Variable<i32>) {
        let options = VariableOptions::new;
        (
            tf::get_variable("my_variable", [1, 2, 3], options()),
            tf::get_variable("my_int_variable", [1, 2, 3], options().initializer(zeros_initializer())),
            tf::get_variable("other_variable", NoShape, options().initializer(tf::constant([23, 42]))),
        )
    })?;
    let shapes = [mine.shape(), int.shape(), other.shape()].map(|shape| shape.to_string());
    assert_eq!(shapes, ["[1, 2, 3]", "[1, 2, 3]", "[2]"]);
    let (mine, int, other) = started(&graph)?.run((mine, int, other))?;
    assert!(mine.iter().any(|x| *x != 0.0) && int.iter().all(|n| *n == 0));
    assert_eq!(other, arr1(&[23, 42]).into_dyn());
    Ok(())
}

// Type and initializer.

#[test]
fn type_and_initializer_may_be_given() -> Result<()> {
    let graph = Graph::new();
    let v =
        graph.build(|| get_variable!("my_int_variable", [1, 2, 3], dtype = i32, initializer = zeros_initializer()))?;
    assert_eq!(v.dtype(), DType::I32);
    assert_eq!(started(&graph)?.run(v)?, ArrayD::<i32>::zeros(vec![1, 2, 3]));
    Ok(())
}

/// The elements of a 30 by 20 variable that starts from this initializer.
fn drawn(initializer: Initializer) -> Result<Vec<f32>> {
    let graph = Graph::new();
    graph.set_random_seed(5);
    let v: Variable<f32> = graph.build(|| get_variable!("v", [30, 20], initializer = initializer))?;
    Ok(started(&graph)?.run(v)?.into_raw_vec_and_offset().0)
}

/// "many convenient initializers": each by what it promises (I1 to I12); their very values are compared with TensorFlow's elsewhere.
#[test]
fn there_are_many_initializers() -> Result<()> {
    use tf::{Distribution::Uniform, FanMode::FanOut, delta_orthogonal_initializer};
    assert!(drawn(zeros_initializer())?.iter().all(|x| *x == 0.0));
    assert!(drawn(ones_initializer())?.iter().all(|x| *x == 1.0));
    assert!(drawn(constant_initializer(-2.5))?.iter().all(|x| *x == -2.5));
    let deviation = |values: &[f32]| (values.iter().map(|x| x * x).sum::<f32>() / values.len() as f32).sqrt();
    let least_and_most = |values: &[f32]| values.iter().fold((0.0f32, 0.0f32), |(a, b), &x| (a.min(x), b.max(x)));
    // 600 values of deviation s have one within s/6 of it, by far; and uniform ones come near both ends.
    let near = |x: f32, wanted: f64| (f64::from(x) / wanted - 1.0).abs() < 1.0 / 6.0;
    let (inputs, outputs) = (30.0f64, 20.0f64);
    let normal = |initializer, stddev: f64, cut: f64| -> Result<()> {
        let values = drawn(initializer)?;
        let (least, most) = least_and_most(&values);
        assert!(near(deviation(&values), stddev), "{} is not {stddev}", deviation(&values));
        assert!(f64::from(-least) <= cut && f64::from(most) <= cut, "{least} and {most} are not within {cut}");
        Ok(())
    };
    let uniform = |initializer, limit: f64| -> Result<()> {
        let (least, most) = least_and_most(&drawn(initializer)?);
        assert!(f64::from(-least) <= limit && f64::from(most) < limit, "{least} and {most} are not within {limit}");
        assert!(near(-least, limit) && near(most, limit), "{least} and {most} are not near {limit}");
        Ok(())
    };
    // Cutting at two deviations leaves 0.8796 of the deviation; where a variance is asked for, it is drawn from as much wider a one.
    const LEFT: f64 = 0.879_625_661_034_239_8;
    let scaled = |initializer, stddev: f64| normal(initializer, stddev, 2.0 * stddev / LEFT * 1.000_001);
    normal(random_normal_initializer(), 1.0, f64::INFINITY)?;
    normal(random_normal_initializer().stddev(0.1), 0.1, f64::INFINITY)?;
    normal(truncated_normal_initializer().stddev(0.5), 0.5 * LEFT, 1.0)?;
    uniform(random_uniform_initializer(-0.25, 0.25), 0.25)?;
    uniform(glorot_uniform_initializer(), (6.0 / (inputs + outputs)).sqrt())?;
    scaled(glorot_normal_initializer(), (2.0 / (inputs + outputs)).sqrt())?;
    uniform(he_uniform_initializer(), (6.0 / inputs).sqrt())?;
    scaled(he_normal_initializer(), (2.0 / inputs).sqrt())?;
    uniform(lecun_uniform_initializer(), (3.0 / inputs).sqrt())?;
    scaled(lecun_normal_initializer(), (1.0 / inputs).sqrt())?;
    uniform(variance_scaling_initializer(0.5, FanOut, Uniform), (1.5 / outputs).sqrt())?;
    let identity = drawn(tf::identity_initializer(3.0))?;
    assert!(identity.iter().enumerate().all(|(i, x)| *x == if i / 20 == i % 20 { 3.0 } else { 0.0 }));
    let columns = drawn(tf::orthogonal_initializer(2.0))?;
    let product = |a: usize, b: usize| (0..30).map(|row| columns[row * 20 + a] * columns[row * 20 + b]).sum::<f32>();
    assert!((product(4, 4) - 4.0).abs() < 1e-4 && product(4, 7).abs() < 1e-4);
    let graph = Graph::new();
    let filter: Variable<f32> =
        graph.build(|| get_variable!("v", [3, 3, 2, 2], initializer = delta_orthogonal_initializer(1.0)))?;
    let filter = started(&graph)?.run(filter)?;
    let middle: f32 = filter.slice(ndarray::s![1, 1, .., ..]).iter().map(|x| x * x).sum();
    assert!((middle - 2.0).abs() < 1e-5 && filter.iter().filter(|x| **x != 0.0).count() <= 4);
    Ok(())
}

// A tensor as initializer.

#[test]
fn a_tensor_as_initializer_gives_the_shape() -> Result<()> {
    let graph = Graph::new();
    let v = graph.build(|| get_variable!("other_variable", dtype = i32, initializer = tf::constant([23, 42])))?;
    assert_eq!(v.shape().to_string(), "[2]");
    assert_eq!(started(&graph)?.run(v)?, arr1(&[23, 42]).into_dyn());
    Ok(())
}

/// A tensor, not only a constant: what it is when the variable is initialized is the value.
#[test]
fn a_variable_starts_from_whatever_a_tensor_is() -> Result<()> {
    let graph = Graph::new();
    let (v, table) = graph.build(|| {
        let table = tf::constant([[1.0f32, 2.0], [3.0, 4.0]]);
        let v: Variable<f32> = get_variable!("v", initializer = tf::matmul(table, table) - 1.0);
        (v, table)
    })?;
    let session = started(&graph)?;
    assert_eq!(v.shape().to_string(), "[2, 2]");
    assert_eq!(session.run(v)?, ndarray::arr2(&[[6.0, 9.0], [14.0, 21.0]]).into_dyn());
    assert_eq!(session.run(table)?, ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0]]).into_dyn());
    Ok(())
}

/// In models rustc says it: `tests/ui/shape_with_tensor_initializer.rs`. Also of a variable that is only shared (C11).
#[test]
fn a_shape_beside_a_tensor_is_refused() {
    let with_shape = || -> Variable<i32> { get_variable!("v", [2], initializer = tf::constant([23, 42])) };
    assert_eq!(Graph::new().build(with_shape).unwrap_err().code(), "E-SHAPE-WITH-TENSOR");
    let plain =
        || -> Variable<i32> { tf::get_variable("v", [2], VariableOptions::new().initializer(tf::constant([23, 42]))) };
    assert_eq!(Graph::new().build(plain).unwrap_err().code(), "E-SHAPE-WITH-TENSOR");
    let shared = || {
        let _first: Variable<i32> = get_variable!("v", initializer = tf::constant([23, 42]));
        tf::variable_scope(tf::get_variable_scope(), |scope: VariableScope| {
            scope.reuse_variables();
            with_shape()
        })
    };
    assert_eq!(Graph::new().build(shared).unwrap_err().code(), "E-SHAPE-WITH-TENSOR");
}

/// `tf.Variable` itself, which the sections that follow name: named apart at each call, in the same collections (C37).
#[test]
fn a_variable_that_is_never_shared_is_global_and_trainable_too() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        let made = || -> Variable<f32> { new_variable!("v", initializer = tf::constant([1.0, 2.0])) };
        let (first, second) = (made(), made());
        assert_eq!((first.name(), second.name()), ("v".to_owned(), "v_1".to_owned()));
        let plain: Variable<f32> = Variable::new("v", [2], VariableOptions::new());
        assert_eq!(plain.name(), "v_2");
    })?;
    for name in [collection::GLOBAL_VARIABLES, collection::TRAINABLE_VARIABLES] {
        assert_eq!(graph.collection::<AnyVariable>(name).len(), 3, "{name}");
    }
    Ok(())
}
