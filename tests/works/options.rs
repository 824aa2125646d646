//! What is said of a variable: collections, training, type, initial values, and variables as arguments.

use tf::prelude::*;

const MINE: &str = "mine";

#[variable_scope]
fn optioned(x: Tensor<f32>, trained: bool) -> Tensor<f32> {
    let plain = get_variable!("plain", [2]);
    let kept = get_variable!("kept", shape = [2], trainable = trained);
    let local = get_variable!("local", [2], collections = [collection::LOCAL_VARIABLES]);
    let both = get_variable!(
        "both",
        [2],
        collections = [collection::GLOBAL_VARIABLES, MINE],
        initializer = ones_initializer()
    );
    let wide = get_variable!("wide", [2], dtype = f64, initializer = constant_initializer(0.5));
    let count = get_variable!("count", [], dtype = i32, initializer = zeros_initializer());
    x + plain + kept + local + both + wide.cast::<f32>() + count.cast::<f32>()
}

model! {
    Options(x: f32[?, 2]) -> f32[?, 2] { with variable_scope("o") { optioned(x, false) } }
}

#[test]
fn collections_training_and_types_agree() {
    agree!(Options);
    let of = |name: &str| Options::VARIABLES.iter().find(|v| v.name == name).unwrap();
    assert!(of("o/plain").trainable && !of("o/kept").trainable && !of("o/local").trainable && of("o/both").trainable);
    assert_eq!(of("o/local").collections.iter().collect::<Vec<_>>(), [collection::LOCAL_VARIABLES]);
    assert_eq!(of("o/both").collections.iter().collect::<Vec<_>>(), [collection::GLOBAL_VARIABLES, MINE]);
    assert_eq!((of("o/wide").spec.to_string(), of("o/count").spec.to_string()), ("f64[2]".into(), "i32[]".into()));
    assert_eq!(Options::PARAMETER_BYTES, 4 * 8 + 16 + 4);
}

/// A tensor as initial value gives the shape.
#[variable_scope]
fn from_tensors(x: Tensor<f32>) -> Tensor<f32> {
    let a = get_variable!("a", initializer = tf::constant([1.0f32, 2.0]));
    let b = get_variable!("b", initializer = a + 1.0);
    let c = get_variable!("c", initializer = tf::zeros::<f32, _>([2, 2]));
    tf::matmul(x * b, c + 1.0)
}

model! {
    FromTensors(x: f32[?, 2]) -> f32[?, 2] { from_tensors(x) }
}

#[test]
fn a_tensor_gives_a_variable_its_shape_and_value() {
    let model = agree!(FromTensors);
    assert_eq!(FromTensors::PARAMETERS, 8);
    assert_eq!(model.get::<f32>("b").unwrap(), ndarray::arr1(&[2.0, 3.0]).into_dyn());
    assert_eq!(model.run(&ndarray::arr2(&[[1.0, 1.0]])).unwrap(), ndarray::arr2(&[[5.0, 5.0]]));
}

/// The other way to share: the variables themselves are passed.
#[variable_scope]
fn affine(x: Tensor<f32>, w: Variable<f32>, b: Variable<f32>) -> Tensor<f32> {
    tf::matmul(x, w) + b
}

/// Made in one place for use in others, one of them optional.
#[derive(Clone, Copy)]
struct Parameters {
    w: Variable<f32>,
    b: Option<Variable<f32>>,
}

#[variable_scope]
fn parameters(size: usize, bias: bool) -> Parameters {
    let w = get_variable!("w", [size, size]);
    Parameters { w, b: if bias { Some(get_variable!("b", [size])) } else { None } }
}

model! {
    Passed(x: f32[?, 2], y: f32[?, 2]) -> (f32[?, 2], f32[?, 2]) {
        let p = with variable_scope("p") { parameters(2, true) };
        let q = with variable_scope("q") { parameters(2, false) };
        let Some(b) = p.b else { return (x, y) };
        (affine(affine(x, p.w, b), q.w, b), affine(y, p.w, b) - q.w.dim(0) as f32)
    }
}

#[test]
fn variables_are_passed_as_arguments() {
    agree!(Passed);
    assert_eq!(names!(Passed), ["p/w", "p/b", "q/w"]);
}

/// Each form of a shape.
#[variable_scope]
fn shapes(x: Tensor<f32>, shape: [usize; 2], slice: &[usize]) -> Tensor<f32> {
    let scalar = get_variable!("scalar", []);
    let size = get_variable!("size", 2);
    let array = get_variable!("array", shape);
    let reference = get_variable!("reference", &shape);
    let of_slice = get_variable!("slice", slice);
    let of_tensor = get_variable!("tensor", array.shape());
    (x + size) * scalar + tf::reduce_sum(array + reference + of_slice + of_tensor, 0)
}

model! {
    Shapes(x: f32[?, 2]) -> f32[?, 2] { shapes(x, [1, 2], &[1, 2]) }
}

#[test]
fn every_form_of_a_shape_is_read() {
    agree!(Shapes);
    let shapes: Vec<_> = Shapes::VARIABLES.iter().map(|v| v.spec.shape.to_string()).collect();
    assert_eq!(shapes, ["[]", "[2]", "[1, 2]", "[1, 2]", "[1, 2]", "[1, 2]"]);
}
