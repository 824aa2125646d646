//! Variables in parts against TensorFlow's (`tests/parity/creating.json`, `partitioned.json`): how they are cut and named, what they start
//! from, how they are shared, changed, trained, placed, saved and restored (P rows, C24, C34, D4, I12, I17, R16, B48).

mod cutting;
#[path = "../folder/mod.rs"]
mod folder;
mod saving;
mod sharing;
mod training;
mod using;

use serde_json::Value as Json;
use tf_core::{
    Graph, Partitioner, Session, Variable, VariableOptions, fixed_size_partitioner, get_variable,
    min_max_variable_partitioner, variable_axis_size_partitioner,
};

/// A recorded file of `tests/parity`.
fn recorded(name: &str) -> Json {
    let path = format!("{}/../tests/parity/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("the fixture is there")).expect("it is JSON")
}

fn list(json: &Json) -> &[Json] {
    json.as_array().expect("a list")
}

fn text(json: &Json) -> &str {
    json.as_str().expect("a text")
}

fn texts(json: &Json) -> Vec<&str> {
    list(json).iter().map(text).collect()
}

fn sizes(json: &Json) -> Vec<usize> {
    list(json).iter().map(|size| size.as_u64().expect("a size") as usize).collect()
}

fn floats(json: &Json) -> Vec<f32> {
    list(&json["data"]).iter().map(|x| x.as_f64().expect("a number") as f32).collect()
}

/// A partitioner by TensorFlow's name and arguments.
fn partitioner(name: &str, arguments: &Json) -> Partitioner {
    let number = |key: &str| arguments[key].as_u64().map(|n| n as usize);
    let mut made = match name {
        "fixed_size" => fixed_size_partitioner(number("num_shards").expect("it has shards")),
        "variable_axis_size" => variable_axis_size_partitioner(number("max_shard_bytes").expect("it has bytes")),
        "min_max_variable" => min_max_variable_partitioner(number("max_partitions").expect("it has a limit")),
        other => panic!("no partitioner {other}"),
    };
    if let Some(axis) = number("axis") {
        made = made.axis(axis as i32);
    }
    if let Some(most) = number("max_shards") {
        made = made.max_shards(most);
    }
    if let Some(bytes) = number("min_slice_size") {
        made = made.min_slice_size(bytes);
    }
    made
}

fn options() -> VariableOptions {
    VariableOptions::new()
}

/// `v` of this shape in so many parts along its first axis.
#[track_caller]
fn cut(name: &str, shape: &[usize], parts: usize) -> Variable<f32> {
    get_variable(name, shape, options().partitioner(fixed_size_partitioner(parts)))
}

fn started(graph: &Graph) -> Session {
    let session = Session::new(graph).expect("its values are its own");
    session.initialize().expect("initializers run");
    session
}

/// Lets a block end in what nobody uses.
fn unused<T>(_: T) {}

/// The code of the mistake that a build ends with.
fn refused<R>(body: impl FnOnce() -> R) -> String {
    Graph::new().build(body).err().map_or_else(String::new, |error| error.code().to_owned())
}

#[track_caller]
fn near(found: &[f32], wanted: &[f32], tolerance: f32) {
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).abs() <= tolerance * wanted.abs().max(1.0), "{found} is not near {wanted}");
    }
}
