//! Updates of variables against what TensorFlow leaves in them (U15, U16, U17): replays `tests/parity/state.json`.

use half::f16;
use ndarray::{ArrayD, IxDyn};
use serde_json::Value as Json;
use std::path::Path;
use tf_core::{
    Element, Graph, Index, InitializerFor, NoShape, Number, OPEN, Session, Status, Tensor, Variable, VariableOptions,
    constant_array, count_up_to, get_variable, scatter_add, scatter_div, scatter_max, scatter_min, scatter_mul,
    scatter_nd_add, scatter_nd_sub, scatter_nd_update, scatter_sub, scatter_update,
};

fn document() -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/parity/state.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("the fixtures are JSON")
}

/// An element type of the fixtures.
trait Stored: Element + Copy {
    fn read(json: &Json) -> Self;
    /// Equality, where NaN is equal to itself.
    fn same(self, other: Self) -> bool;
}

macro_rules! floats {
    ($($t:ident as $from:expr;)*) => { $(
        impl Stored for $t {
            fn read(json: &Json) -> $t {
                let wide: f64 = match json {
                    Json::String(text) => text.parse().expect("NaN or an infinity"),
                    number => number.as_f64().expect("a number"),
                };
                $from(wide)
            }
            fn same(self, other: $t) -> bool {
                self == other || self.is_nan() && other.is_nan()
            }
        }
    )* };
}
floats! {
    f16 as f16::from_f64;
    f32 as |wide| wide as f32;
    f64 as |wide| wide;
}

macro_rules! others {
    ($($t:ident as $read:expr;)*) => { $(
        impl Stored for $t {
            fn read(json: &Json) -> $t {
                $read(json).expect("a value of the type")
            }
            fn same(self, other: $t) -> bool {
                self == other
            }
        }
    )* };
}
others! {
    i32 as |json: &Json| i32::try_from(json.as_i64()?).ok();
    i64 as Json::as_i64;
    bool as Json::as_bool;
}

fn array<T: Stored>(json: &Json) -> ArrayD<T> {
    let list = |key: &str| json[key].as_array().expect("a list");
    let shape: Vec<usize> = list("shape").iter().map(|n| n.as_u64().expect("a size") as usize).collect();
    let elements = list("data").iter().map(T::read).collect();
    ArrayD::from_shape_vec(IxDyn(&shape), elements).expect("as many elements as the shape says")
}

/// Runs the update twice on the recorded variable and compares what is left in it each time.
fn check<T: Stored>(case: &Json, update: impl Fn(Variable<T>) -> Tensor<T>)
where
    Tensor<T>: InitializerFor<T>,
{
    let name = format!("{}/{}", case["op"], case["case"]);
    let graph = Graph::new();
    let (v, updated) = graph
        .build(|| {
            let initial = constant_array(&array::<T>(&case["variable"]));
            let v: Variable<T> = get_variable("v", NoShape, VariableOptions::new().initializer(initial));
            (v, update(v))
        })
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let session = Session::new(&graph).expect("a session of a whole graph");
    session.initialize().expect("a constant initializes");
    for (run, want) in case["runs"].as_array().expect("runs").iter().enumerate() {
        let yielded = session.run(updated).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (left, want) = (session.run(v).expect("it has a value"), array::<T>(want));
        assert_eq!(left.shape(), want.shape(), "{name}");
        assert!(left.iter().zip(&want).all(|(a, b)| a.same(*b)), "{name}, run {run}: {left:?}, not {want:?}");
        assert!(yielded.iter().zip(&left).all(|(a, b)| a.same(*b)), "{name} yields the new value");
    }
}

fn changed_by_numbers<T: Stored + Number, I: Stored + Index>(case: &Json)
where
    Tensor<T>: InitializerFor<T>,
{
    check::<T>(case, |v| {
        let indices: Tensor<I> = constant_array(&array::<I>(&case["inputs"][0]));
        let updates: Tensor<T> = constant_array(&array::<T>(&case["inputs"][1]));
        match case["op"].as_str().expect("an op") {
            "scatter_update" => scatter_update(v, indices, updates),
            "scatter_add" => scatter_add(v, indices, updates),
            "scatter_sub" => scatter_sub(v, indices, updates),
            "scatter_mul" => scatter_mul(v, indices, updates),
            "scatter_div" => scatter_div(v, indices, updates),
            "scatter_min" => scatter_min(v, indices, updates),
            "scatter_max" => scatter_max(v, indices, updates),
            "scatter_nd_update" => scatter_nd_update(v, indices, updates),
            "scatter_nd_add" => scatter_nd_add(v, indices, updates),
            "scatter_nd_sub" => scatter_nd_sub(v, indices, updates),
            other => panic!("`{other}` is not among the functions here"),
        }
    });
}

fn assigned_to_a_slice<T: Stored>(case: &Json)
where
    Tensor<T>: InitializerFor<T>,
{
    let numbers = |key: &str, open: isize| -> Vec<isize> {
        let list = case["attrs"][key].as_array().expect("a list");
        list.iter().map(|n| n.as_i64().map_or(open, |n| n as isize)).collect()
    };
    let (begin, end, strides) = (numbers("begin", OPEN), numbers("end", OPEN), numbers("strides", 1));
    check::<T>(case, |v| {
        let value: Tensor<T> = constant_array(&array::<T>(&case["inputs"][0]));
        match begin.len() {
            1 => v.strided_slice([begin[0]], [end[0]], [strides[0]]).assign(value),
            _ => v.strided_slice([begin[0], begin[1]], [end[0], end[1]], [strides[0], strides[1]]).assign(value),
        }
    });
}

#[test]
fn u16_u17_updates_leave_what_tensorflow_leaves() {
    let document = document();
    let cases = document["updates"].as_array().expect("cases");
    for case in cases {
        let dtype = |tensor: &Json| tensor["dtype"].as_str().expect("a dtype").to_owned();
        let (variable, index) = (dtype(&case["variable"]), dtype(&case["inputs"][0]));
        match (case["op"].as_str().expect("an op"), variable.as_str(), index.as_str()) {
            ("slice_assign", "f32", _) => assigned_to_a_slice::<f32>(case),
            ("slice_assign", "i64", _) => assigned_to_a_slice::<i64>(case),
            ("slice_assign", "bool", _) => assigned_to_a_slice::<bool>(case),
            ("scatter_update", "bool", "i32") => check::<bool>(case, |v| {
                let indices: Tensor<i32> = constant_array(&array::<i32>(&case["inputs"][0]));
                scatter_update(v, indices, constant_array(&array::<bool>(&case["inputs"][1])))
            }),
            (_, "f16", "i32") => changed_by_numbers::<f16, i32>(case),
            (_, "f16", "i64") => changed_by_numbers::<f16, i64>(case),
            (_, "f32", "i32") => changed_by_numbers::<f32, i32>(case),
            (_, "f32", "i64") => changed_by_numbers::<f32, i64>(case),
            (_, "f64", "i32") => changed_by_numbers::<f64, i32>(case),
            (_, "f64", "i64") => changed_by_numbers::<f64, i64>(case),
            (_, "i32", "i32") => changed_by_numbers::<i32, i32>(case),
            (_, "i32", "i64") => changed_by_numbers::<i32, i64>(case),
            (_, "i64", "i32") => changed_by_numbers::<i64, i32>(case),
            (_, "i64", "i64") => changed_by_numbers::<i64, i64>(case),
            other => panic!("{other:?} is not among the types here"),
        }
    }
    assert!(cases.len() > 120, "the fixtures are whole");
}

#[test]
fn u15_counting_ends_where_tensorflow_ends() {
    for case in document()["count_up_to"].as_array().expect("cases") {
        let number = |key: &str| case[key].as_i64().expect("an integer");
        let graph = Graph::new();
        let (v, next) = graph
            .build(|| {
                let v: Variable<i64> = get_variable("v", [], VariableOptions::new());
                (v, count_up_to(v, number("limit")))
            })
            .unwrap();
        let session = Session::new(&graph).unwrap();
        v.load(number("start"), &session).unwrap();
        for want in case["handed_out"].as_array().expect("numbers") {
            assert_eq!(session.run(next).unwrap()[[]], want.as_i64().unwrap());
        }
        let error = session.run(next).unwrap_err();
        assert_eq!((error.status(), error.code()), (Status::OutOfRange, "E-COUNT-LIMIT"));
        assert_eq!((error.variable(), error.node()), (Some("v"), Some("CountUpTo")));
        assert!(error.mistake().contains(&format!("limit of {}", number("limit"))), "{error}");
        assert_eq!(session.run(v).unwrap()[[]], number("then"), "it stays as it was");
    }
}
