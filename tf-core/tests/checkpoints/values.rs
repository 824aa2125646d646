//! Graphs with a few variables, and their values.

use tf_core::{
    CheckpointWriter, Graph, IntoValue, Session, Value, Variable, VariableOptions, get_variable, variable_scope,
    zeros_initializer,
};

pub fn vector(name: &str, size: usize) -> Variable<f32> {
    get_variable(name, [size], VariableOptions::new().initializer(zeros_initializer()))
}

/// `m/a` of two elements and `m/b` of three.
pub fn two() -> (Graph, Variable<f32>, Variable<f32>) {
    let graph = Graph::new();
    let (a, b) = graph.build(|| variable_scope("m", |_| (vector("a", 2), vector("b", 3)))).unwrap();
    (graph, a, b)
}

pub fn set(session: &Session, name: &str, values: &[f32]) {
    session.store().set(name, IntoValue::<f32>::into_value(values.to_vec())).unwrap();
}

pub fn initialized(graph: &Graph) -> Session {
    let session = Session::new(graph).unwrap();
    session.initialize().unwrap();
    session
}

pub fn of(session: &Session, name: &str) -> Vec<f32> {
    session.store().get(name).unwrap().as_slice::<f32>().unwrap().to_vec()
}

/// A session on `two` that has the values 1, 2 and 3, 4, 5.
pub fn filled(graph: &Graph) -> Session {
    let session = initialized(graph);
    set(&session, "m/a", &[1.0, 2.0]);
    set(&session, "m/b", &[3.0, 4.0, 5.0]);
    session
}

pub fn bytes(tensors: &[(&str, Value)]) -> Vec<u8> {
    let writer =
        tensors.iter().try_fold(CheckpointWriter::new(), |writer, (name, value)| writer.tensor(*name, value.clone()));
    writer.unwrap().to_bytes().unwrap()
}

pub fn floats(values: &[f32]) -> Value {
    IntoValue::<f32>::into_value(values.to_vec())
}

/// The code and the whole text of an error.
pub fn told<T: std::fmt::Debug>(result: tf_core::Result<T>) -> (&'static str, String) {
    let error = result.unwrap_err();
    (error.code(), error.to_string())
}
