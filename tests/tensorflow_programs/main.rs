//! What TensorFlow's own tests of variables, scopes, templates, device setters and savers do, and of what stands around them, as programs of
//! this project. Which suite is where, and what of it is left out, is in the last table of docs/parity.md.
//!
//! The rows in brackets are those of docs/parity.md. Where a program of TensorFlow ends in an exception in its middle, the program
//! here ends there, and another build goes on: a mistake is what the build returns.

mod averages;
mod checkpoints;
mod collections;
mod defaults;
mod device_specs;
mod devices;
mod first_values;
mod getters;
mod initializers;
mod kept_checkpoints;
mod layers;
mod metrics;
mod naming;
mod parts;
mod scopes;
mod scores;
mod slicings;
mod steps;
mod templates;
mod told_later;
mod updates;
mod variables;

use tf::{
    AnyVariable, Element, Graph, NoShape, Result, Session, Tensor, Variable, VariableOptions, constant, get_variable,
    name_scope, ones_initializer,
};

/// A scalar of the scope that is open; it starts at one.
#[track_caller]
fn scalar(name: &str) -> Variable<f32> {
    get_variable(name, [], VariableOptions::new().initializer(ones_initializer()))
}

/// A variable that is never shared, from a tensor.
#[track_caller]
fn from<T: Element>(name: &str, value: Tensor<T>) -> Variable<T> {
    Variable::new(name, NoShape, VariableOptions::new().initializer(value))
}

/// The name scope that ops go to here, with its slash.
fn ops_here() -> String {
    let op: Tensor<f32> = constant(0.0);
    let name = Graph::current().and_then(|graph| graph.name_of(op)).expect("called while a graph is built");
    let end = name.rfind('/').map_or(0, |slash| slash + 1);
    name[..end].to_owned()
}

/// The name scope that `name` opens here.
fn ops_in(name: &str) -> String {
    name_scope(name, ops_here)
}

/// The name of a variable's or tensor's op.
fn op_name<O: Into<tf::Operation>>(op: O) -> String {
    Graph::current().and_then(|graph| graph.name_of(op)).expect("an op of the graph that is built")
}

/// The code of the mistake that a build ends with.
fn refused<R>(graph: &Graph, body: impl FnOnce() -> R) -> &'static str {
    graph.build(body).err().map_or("none", |error| error.code())
}

/// A session in which every variable has its first value.
fn started(graph: &Graph) -> Result<Session> {
    let session = Session::new(graph)?;
    session.initialize()?;
    Ok(session)
}

/// The variables of the graph by name, in the order of their creation.
fn names(graph: &Graph) -> Vec<String> {
    graph.variables().into_iter().map(|variable| variable.name).collect()
}

/// The names of these.
fn names_of(variables: Vec<AnyVariable>) -> Vec<String> {
    variables.iter().map(AnyVariable::name).collect()
}

/// The elements of a fetched array, row by row.
fn flat<T: Clone>(array: &ndarray::ArrayD<T>) -> Vec<T> {
    array.iter().cloned().collect()
}

/// Lets a block end in a variable that nobody uses.
fn unread<T>(_: Variable<T>) {}
