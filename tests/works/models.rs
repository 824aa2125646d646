//! What a model declares: inputs and outputs of every kind, its size, its documentation, its methods.

use crate::bindings::conv;
use ndarray::{Array1, Array2, arr0, arr1, arr2};
use tf::prelude::*;

const WIDTH: usize = 3;

model! {
    /// Inputs of several types and ranks, outputs in a tuple.
    #[derive(Debug)]
    pub(crate) Several(image: f32[batch, 2, 2, 1], scale: f64[], labels: i64[batch], mask: bool[?, WIDTH])
        -> (f32[batch, 2, 2, { WIDTH * 2 }], f64[], i64[batch], bool[?, WIDTH],)
    {
        (conv(image, 1, WIDTH * 2), scale * 2.0, labels + 1, mask)
    }
}

#[test]
fn several_inputs_and_outputs() {
    let model = agree!(Several);
    let inputs: Vec<_> = Several::INPUTS.iter().map(|port| port.name).collect();
    assert_eq!(inputs, ["image", "scale", "labels", "mask"]);
    assert_eq!(Several::OUTPUTS.len(), 4);
    let image = ndarray::Array4::ones((2, 2, 2, 1));
    let mask = arr2(&[[true, false, true]]);
    let (image, scale, labels, out) = model.run(&image, &arr0(1.5), &arr1(&[1, 2]), &mask).unwrap();
    assert_eq!((image.dim(), scale[()], labels, out), ((2, 2, 2, 6), 3.0, arr1(&[2, 3]), mask));
}

#[test]
fn one_size_for_each_named_dimension() {
    let model = Several::init(1).unwrap();
    let image = ndarray::Array4::ones((2, 2, 2, 1));
    let error = model.run(&image, &arr0(1.5), &arr1(&[1, 2, 3]), &arr2(&[[true; 3]])).unwrap_err();
    assert_eq!(error.code(), "E-DIM-NAME", "{error}");
}

model! {
    NoInputs() -> f32[2, 2] {
        let table = get_variable!("table", [2, 2], initializer = constant_initializer(7.0));
        table.value()
    }
}

#[test]
fn a_model_may_have_no_inputs() {
    let model = agree!(NoInputs);
    assert_eq!(model.run().unwrap(), Array2::from_elem((2, 2), 7.0));
}

model! {
    OneTuple(x: f32[?]) -> (f32[?],) { (x * 2.0,) }
}

model! {
    NothingToLearn(x: f32[?, 2]) -> f32[?, 2] { x }
}

#[test]
fn a_tuple_of_one_and_an_input_handed_through() {
    agree!(OneTuple);
    let x = Array2::ones((3, 2));
    assert_eq!(agree!(NothingToLearn).run(&x).unwrap(), x);
    assert_eq!((NothingToLearn::PARAMETERS, NothingToLearn::VARIABLES.len()), (0, 0));
    let (y,) = OneTuple::init(1).unwrap().run(&arr1(&[1.5])).unwrap();
    assert_eq!(y, arr1(&[3.0]));
}

model! {
    UnknownRank(x: f32[..]) -> f32[..] { nn::relu(x) + get_variable!("b", [2]) }
}

#[test]
fn the_rank_may_be_unknown() {
    let model = agree!(UnknownRank);
    for shape in [vec![2], vec![3, 2], vec![1, 2, 3, 2]] {
        let x = ndarray::ArrayD::ones(shape.clone());
        assert_eq!(model.run(&x).unwrap().shape(), shape);
    }
}

#[variable_scope]
fn many(x: Tensor<f32>, n: usize) -> Tensor<f32> {
    let mut y = x;
    for i in 0..n {
        y = y + get_variable!("v{i}", [1]);
    }
    y
}

model! {
    /// More variables than the table holds by itself.
    #[capacity(1500)]
    Many(x: f32[?]) -> f32[?] { many(x, 1100) }
}

model! {
    #[capacity(WIDTH)]
    Few(x: f32[?]) -> f32[?] { many(x, 3) }
}

#[test]
fn capacity_sizes_the_table() {
    agree!(Many);
    agree!(Few);
    assert_eq!((Many::PARAMETERS, Few::PARAMETERS), (1100, 3));
}

#[test]
fn values_are_read_changed_and_listed() {
    let model = agree!(Few);
    model.set("v1", &arr1(&[5.0f32]).into_dyn()).unwrap();
    assert_eq!(model.get::<f32>("v1").unwrap(), arr1(&[5.0]).into_dyn());
    assert_eq!(model.variables().iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["v0", "v1", "v2"]);
    assert!(model.summary().to_string().contains("v2"));
    assert_eq!(model.get::<f32>("v").unwrap_err().code(), "E-NO-VARIABLE");
    assert_eq!(model.set("v1", &arr1(&[5.0f64]).into_dyn()).unwrap_err().code(), "E-SET-SPEC");
    let mut out = Array1::zeros(1);
    model.run_into(&arr1(&[1.0]), &mut out).unwrap();
    assert_eq!(out, model.run(&arr1(&[1.0])).unwrap());
}

#[test]
fn a_seed_fixes_the_values() {
    let values = |seed| Few::init(seed).unwrap().get::<f32>("v0").unwrap();
    assert_eq!(values(3), values(3));
    assert_ne!(values(3), values(4));
}

#[test]
fn a_model_is_a_part_of_a_bigger_graph() {
    let graph = Graph::new();
    let y = graph
        .build(|| {
            let a = tf::variable_scope("left", |_| Few::graph(tf::constant([1.0f32])));
            let b = tf::variable_scope("right", |_| Few::graph(2.0f32.as_tensor().reshape([1])));
            a + b
        })
        .unwrap();
    let names: Vec<_> = graph.variables().into_iter().map(|v| v.name).collect();
    assert_eq!(names, ["left/v0", "left/v1", "left/v2", "right/v0", "right/v1", "right/v2"]);
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    assert_eq!(session.run(y).unwrap().shape(), [1]);
}
