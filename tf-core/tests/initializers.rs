//! Initializers beside those that `random` compares with TensorFlow's draws (C15 to C17, I2, I11 to I16): functions, distributions,
//! constants of every type, seeds by name, and what none of them fits.

use ndarray::{Array1, Array2};
use rand::distr::{Bernoulli, StandardUniform, Uniform};
use std::sync::atomic::{AtomicUsize, Ordering};
use tf_core::{
    AUTO_REUSE, DType, Element, Graph, Initializer, NoShape, Seeds, Session, Tensor, VariableOptions, constant,
    constant_initializer, delta_orthogonal_initializer, distribution_initializer, function_initializer, get_variable,
    identity_initializer, initializer::InitializerFor, initializer::IntoInitializer, ones, orthogonal_initializer,
    random_normal_initializer, random_uniform_initializer, scope, variable_scope, variance_scaling_initializer,
    zeros_initializer,
};

/// The values of a new variable after each of two initializations.
fn two_runs<T: Element, J>(shape: &[usize], initializer: J, prepare: impl FnOnce(&Graph)) -> [Vec<T>; 2]
where
    J: IntoInitializer,
    J::Given: InitializerFor<T>,
{
    let graph = Graph::new();
    prepare(&graph);
    let v = graph
        .build(|| get_variable::<T, _, _>("v", shape, VariableOptions::new().initializer(initializer)))
        .expect("the initializer fits");
    let session = Session::new(&graph).unwrap();
    [0, 1].map(|_| {
        session.initialize().unwrap();
        session.run(v).unwrap().into_raw_vec_and_offset().0
    })
}

fn values<T: Element, J>(shape: &[usize], initializer: J) -> Vec<T>
where
    J: IntoInitializer,
    J::Given: InitializerFor<T>,
{
    let [first, second] = two_runs(shape, initializer, |_| {});
    assert_eq!(first, second);
    first
}

fn refused<T: Element>(shape: &[usize], initializer: Initializer) -> Option<String> {
    let graph = Graph::new();
    let built = graph.build(|| get_variable::<T, _, _>("v", shape, VariableOptions::new().initializer(initializer)));
    built.err().map(|error| error.code().to_owned())
}

#[test]
fn i2_constants_are_of_every_element_type() {
    assert_eq!(values::<u8, _>(&[2], constant_initializer(&[1u8, 255])), [1, 255]);
    assert_eq!(values::<i16, _>(&[2], constant_initializer(-3i16)), [-3, -3]);
    assert_eq!(values::<u32, _>(&[1], constant_initializer(u32::MAX)), [u32::MAX]);
    assert_eq!(values::<bool, _>(&[2], constant_initializer(&[true, false])), [true, false]);
    assert_eq!(values::<String, _>(&[2], constant_initializer(&["a", "b"])), ["a", "b"]);
    assert_eq!(values::<f32, _>(&[2, 2], constant_initializer(&[[1.0, 2.0], [3.0, 4.0]])), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(refused::<bool>(&[3], constant_initializer(&[true, false])), Some("E-INITIALIZER-LENGTH".to_owned()));
}

#[test]
fn i15_the_default_initializer_follows_from_the_element_type() {
    for dtype in [DType::F16, DType::BF16, DType::F32, DType::F64] {
        assert!(matches!(Initializer::default_for(dtype), Initializer::VarianceScaling { scale: 1.0, .. }), "{dtype}");
    }
    let zeros =
        [DType::I8, DType::I16, DType::I32, DType::I64, DType::U8, DType::U16, DType::U32, DType::U64, DType::Bool];
    for dtype in zeros.into_iter().chain([DType::String]) {
        assert!(Initializer::default_for(dtype).same(&zeros_initializer()), "{dtype}");
    }
}

#[test]
fn i7_i11_i12_i13_i14_initializers_are_refused_where_they_do_not_fit() {
    let rank = Some("E-INITIALIZER-RANK".to_owned());
    assert_eq!(refused::<f32>(&[3], orthogonal_initializer(1.0)), rank);
    assert_eq!(refused::<f32>(&[2, 3, 4], orthogonal_initializer(1.0)), None);
    assert_eq!(refused::<f32>(&[3], identity_initializer(1.0)), rank);
    assert_eq!(refused::<f32>(&[3, 3, 3], identity_initializer(1.0)), rank);
    assert_eq!(refused::<f32>(&[3, 3], delta_orthogonal_initializer(1.0)), rank);
    assert_eq!(
        refused::<f32>(&[3, 3, 3, 2], delta_orthogonal_initializer(1.0)),
        Some("E-INITIALIZER-CHANNELS".to_owned())
    );
    let scaled = |scale| variance_scaling_initializer(scale, tf_core::FanMode::FanIn, tf_core::Distribution::Uniform);
    assert_eq!(refused::<f32>(&[3], scaled(-1.0)), Some("E-INITIALIZER-SCALE".to_owned()));
    assert_eq!(refused::<f32>(&[3], scaled(0.5)), None);
    let dtype = Some("E-INITIALIZER-DTYPE".to_owned());
    for initializer in
        [orthogonal_initializer(1.0), identity_initializer(1.0), scaled(1.0), random_normal_initializer()]
    {
        assert_eq!(refused::<i32>(&[3, 3], initializer), dtype);
    }
    assert_eq!(refused::<u8>(&[3], random_uniform_initializer(0.0, 9.0)), dtype);
}

fn count(shape: &[usize]) -> Vec<i32> {
    (0..shape.iter().product::<usize>() as i32).collect()
}

fn rows(shape: &[usize]) -> Array2<f32> {
    Array2::from_shape_fn((shape[0], shape[1]), |(row, column)| (10 * row + column) as f32)
}

#[test]
fn a_function_of_the_shape_yields_an_array() {
    let array = |shape: &[usize]| rows(shape);
    assert_eq!(values::<f32, _>(&[2, 2], function_initializer(array)), [0.0, 1.0, 10.0, 11.0]);
    // A `Vec` is one dimension.
    assert_eq!(values::<i32, _>(&[3], function_initializer(count)), [0, 1, 2]);
}

#[test]
fn c15_a_function_is_called_at_each_initialization_and_not_for_a_variable_that_is_shared() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let counted = |shape: &[usize]| Array1::from_elem(shape[0], CALLS.fetch_add(1, Ordering::Relaxed) as f32);
    let [first, second] = two_runs::<f32, _>(&[2], function_initializer(counted), |_| {});
    assert_eq!((first, second), (vec![0.0, 0.0], vec![1.0, 1.0]));
    let graph = Graph::new();
    graph
        .build(|| {
            for _ in 0..2 {
                variable_scope(scope("s").reuse(AUTO_REUSE), |_| {
                    let options = VariableOptions::new().initializer(function_initializer(|shape: &[usize]| {
                        CALLS.fetch_add(100, Ordering::Relaxed);
                        ones::<f32, _>(shape) * 3.0
                    }));
                    let _ = get_variable::<f32, _, _>("v", [2], options);
                });
            }
        })
        .unwrap();
    assert_eq!(CALLS.load(Ordering::Relaxed), 102);
    // The ops of a function that yields a tensor lie beside those of other initializers.
    assert!(graph.op_names().contains(&"s/v/Initializer/mul".to_owned()), "{:?}", graph.op_names());
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    assert_eq!(session.store().get("s/v").unwrap().as_slice::<f32>().unwrap(), [3.0, 3.0]);
}

#[test]
fn c17_a_function_must_yield_the_shape_that_it_is_given() {
    let graph = Graph::new();
    let wrong = |_: &[usize]| vec![1.0f32, 2.0];
    graph
        .build(|| {
            let options = VariableOptions::new().initializer(function_initializer(wrong));
            let _ = get_variable::<f32, _, _>("v", [3], options);
        })
        .unwrap();
    assert_eq!(Session::new(&graph).unwrap().initialize().unwrap_err().code(), "E-INITIALIZER-SHAPE");
    let wrong = |_: &[usize]| -> Tensor<f32> { constant([1.0, 2.0]) };
    let options = VariableOptions::new().initializer(function_initializer(wrong));
    let error = Graph::new().build(|| get_variable::<f32, _, _>("v", [3], options)).unwrap_err();
    assert_eq!((error.code(), error.variable()), ("E-INITIALIZER-SHAPE", Some("v")));
}

#[test]
fn c10_a_function_needs_a_shape() {
    let options = VariableOptions::new().initializer(function_initializer(count));
    let error = Graph::new().build(|| get_variable::<i32, _, _>("v", NoShape, options)).unwrap_err();
    assert_eq!(error.code(), "E-SHAPE-MISSING");
}

#[test]
fn distributions_of_the_rand_crate_are_drawn_from() {
    let dice = Uniform::new_inclusive(1, 6).unwrap();
    let seeded = |graph: &Graph| graph.set_random_seed(42);
    let drawn = || two_runs::<i32, _>(&[600], distribution_initializer(dice), seeded);
    let [first, second] = drawn();
    assert_eq!(drawn(), [first.clone(), second.clone()], "equal seeds draw equal values");
    assert_ne!(first, second, "a second initialization draws anew");
    for side in 1..=6 {
        let times = first.iter().filter(|&&throw| throw == side).count();
        assert!((50..150).contains(&times), "{side} comes {times} times of 600");
    }
    let of_seed =
        |seed| two_runs::<f64, _>(&[5], distribution_initializer(StandardUniform).seed(seed), |_| {})[0].clone();
    assert_eq!(of_seed(7), of_seed(7));
    assert_ne!(of_seed(7), of_seed(8));
    let coin = two_runs::<bool, _>(&[400], distribution_initializer(Bernoulli::new(0.25).unwrap()), seeded);
    let heads = coin[0].iter().filter(|&&head| head).count();
    assert!((60..140).contains(&heads), "{heads} of 400");
}

#[test]
fn i16_seeds_by_name_survive_other_variables() {
    let drawn = |seed: i64, before: usize, name: &str| {
        let graph = Graph::new();
        graph.set_random_seed(seed);
        graph.set_seeds(Seeds::ByName);
        let (v, own) = graph
            .build(|| {
                for i in 0..before {
                    let _ = get_variable::<f32, _, _>(format!("other{i}"), [4], VariableOptions::new());
                }
                let options = VariableOptions::new().initializer(random_normal_initializer().seed(3));
                (
                    get_variable::<f32, _, _>(name, [4], VariableOptions::new()),
                    get_variable::<f32, _, _>("own", [4], options),
                )
            })
            .unwrap();
        let session = Session::new(&graph).unwrap();
        session.initialize().unwrap();
        [v, own].map(|v| session.run(v).unwrap().into_raw_vec_and_offset().0)
    };
    assert_eq!(drawn(42, 0, "v"), drawn(42, 3, "v"));
    assert_ne!(drawn(42, 0, "v")[0], drawn(42, 0, "w")[0]);
    assert_ne!(drawn(42, 0, "v")[0], drawn(43, 0, "v")[0]);
    // A seed of its own is TensorFlow's.
    let graph = Graph::new();
    graph.set_random_seed(42);
    let counted = two_runs::<f32, _>(&[4], random_normal_initializer().seed(3), |graph| graph.set_random_seed(42));
    assert_eq!(drawn(42, 0, "v")[1], counted[0]);
}
