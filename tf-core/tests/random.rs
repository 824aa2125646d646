//! Random ops and initializers against TensorFlow's own draws: equal seeds give equal values, run after run.

use ndarray::ArrayD;
use serde_json::Value as Json;
use tf_core::{
    Distribution, Element, FanMode, Graph, Initializer, Session, Tensor, Variable, VariableOptions, constant,
    constant_initializer, delta_orthogonal_initializer, get_variable, glorot_normal_initializer,
    glorot_uniform_initializer, he_normal_initializer, he_uniform_initializer, identity_initializer,
    lecun_normal_initializer, lecun_uniform_initializer, orthogonal_initializer, random_normal,
    random_normal_initializer, random_normal_seeded, random_uniform, random_uniform_initializer, random_uniform_int,
    random_uniform_int_seeded, random_uniform_seeded, truncated_normal, truncated_normal_initializer,
    truncated_normal_seeded, variance_scaling_initializer,
};

fn recorded(file: &str) -> Json {
    let path = format!("{}/../tests/parity/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the fixtures lie beside the crates");
    serde_json::from_str(&text).expect("the fixtures are JSON")
}

fn list(json: &Json) -> &Vec<Json> {
    json.as_array().expect("a list")
}

fn numbers(json: &Json) -> Vec<f64> {
    list(json).iter().map(|n| n.as_f64().expect("a number")).collect()
}

fn shape(json: &Json) -> Vec<usize> {
    list(&json["shape"]).iter().map(|n| n.as_u64().expect("a size") as usize).collect()
}

/// A number among an entry's arguments, or what TensorFlow takes when it is left out.
fn or(json: &Json, key: &str, default: f64) -> f64 {
    json[key].as_f64().unwrap_or(default)
}

/// Draws the next values of one op or variable.
type Drawing = Box<dyn Fn(&Session) -> Vec<f64>>;

trait Scalar: Element + Copy {
    fn wide(self) -> f64;
}
impl Scalar for f32 {
    fn wide(self) -> f64 {
        self.into()
    }
}
impl Scalar for f64 {
    fn wide(self) -> f64 {
        self
    }
}
impl Scalar for i32 {
    fn wide(self) -> f64 {
        self.into()
    }
}
impl Scalar for i64 {
    fn wide(self) -> f64 {
        self as f64
    }
}

fn widened<T: Scalar>(array: ArrayD<T>) -> Vec<f64> {
    array.iter().map(|&x| x.wide()).collect()
}

fn tensor<T: Scalar>(tensor: Tensor<T>) -> Drawing {
    Box::new(move |session| widened(session.run(tensor).expect("a random op runs")))
}

fn variable<T: Scalar>(variable: Variable<T>, initializer: tf_core::Operation) -> Drawing {
    Box::new(move |session| {
        session.run(initializer).expect("an initializer runs");
        widened(session.run(variable).expect("an initialized variable has a value"))
    })
}

/// A variable of the dtype, its initializer the default one where none is given.
fn new_variable(name: &str, dtype: &str, shape: &[usize], initializer: Option<Initializer>) -> Drawing {
    macro_rules! of {
        ($t:ident) => {{
            let options = VariableOptions::new();
            let made = match initializer {
                Some(initializer) => get_variable::<$t, _, _>(name, shape, options.initializer(initializer)),
                None => get_variable::<$t, _, _>(name, shape, options),
            };
            variable(made, made.initializer())
        }};
    }
    match dtype {
        "f32" => of!(f32),
        "f64" => of!(f64),
        "i32" => of!(i32),
        "i64" => of!(i64),
        other => panic!("no {other} here"),
    }
}

/// Uniform values are the same bit for bit; normal ones go through a logarithm, a sine and a cosine, and orthonormal ones, which are
/// computed from those, through a decomposition that multiplies their differences.
fn assert_drawn(what: &str, entry: &Json, got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len(), "{what}");
    let single = entry["dtype"] == "f32";
    let normal = entry["attrs"]["type"].as_str().is_some_and(|kind| kind.contains("Normal"));
    let orthogonal = entry["initializer"].as_str().is_some_and(|name| name.contains("orthogonal"));
    let near = match (normal, single) {
        (false, _) => 0.0,
        (true, true) if orthogonal => 2e-5,
        (true, true) => 2e-6,
        (true, false) if orthogonal => 1e-11,
        (true, false) => 1e-12,
    };
    for (index, (&got, &want)) in got.iter().zip(want).enumerate() {
        let want = if single { f64::from(want as f32) } else { want };
        assert!((got - want).abs() <= near * want.abs().max(1.0), "{what}: [{index}] is {got}, not {want}");
    }
}

fn check(graph: &Graph, what: &str, entries: &[Json], drawings: &[Option<Drawing>]) {
    let session = Session::new(graph).expect("a session of a whole graph");
    let mut drawn = 0;
    for (index, (entry, drawing)) in entries.iter().zip(drawings).enumerate() {
        let Some(drawing) = drawing else { continue };
        for (run, want) in list(&entry["runs"]).iter().enumerate() {
            let what = format!("{what}, number {index}, run {run}");
            assert_drawn(&what, entry, &drawing(&session), &numbers(want));
            drawn += 1;
        }
    }
    assert!(drawn >= 2, "{what}: nothing is drawn");
}

fn seeded(json: &Json) -> Graph {
    let graph = Graph::new();
    if let Some(seed) = json["graph_seed"].as_i64() {
        graph.set_random_seed(seed);
    }
    graph
}

/// A random op, with a seed of its own or none; `None` for an op that draws nothing.
fn random_op(entry: &Json) -> Option<Drawing> {
    let function = entry["function"].as_str().expect("a function");
    if function == "constant" {
        constant(0.0f32);
        return None;
    }
    let shape = &shape(entry)[..];
    let (low, high) = (or(entry, "minval", 0.0), or(entry, "maxval", 1.0));
    let (mean, stddev) = (or(entry, "mean", 0.0), or(entry, "stddev", 1.0));
    let dtype = entry["dtype"].as_str().expect("a dtype");
    macro_rules! drawn {
        ($plain:ident $seeded:ident [$t:ty]($a:expr, $b:expr)) => {
            match entry["op_seed"].as_i64() {
                None => tensor($plain::<$t, _>(shape, $a, $b)),
                Some(seed) => tensor($seeded::<$t, _>(shape, $a, $b, seed)),
            }
        };
    }
    Some(match (function, dtype) {
        ("random_uniform", "f32") => drawn!(random_uniform random_uniform_seeded [f32](low, high)),
        ("random_uniform", "f64") => drawn!(random_uniform random_uniform_seeded [f64](low, high)),
        ("random_uniform", "i32") => {
            drawn!(random_uniform_int random_uniform_int_seeded [i32](low as i64, high as i64))
        }
        ("random_uniform", "i64") => {
            drawn!(random_uniform_int random_uniform_int_seeded [i64](low as i64, high as i64))
        }
        ("random_normal", "f32") => drawn!(random_normal random_normal_seeded [f32](mean, stddev)),
        ("random_normal", "f64") => drawn!(random_normal random_normal_seeded [f64](mean, stddev)),
        ("truncated_normal", "f32") => drawn!(truncated_normal truncated_normal_seeded [f32](mean, stddev)),
        ("truncated_normal", "f64") => drawn!(truncated_normal truncated_normal_seeded [f64](mean, stddev)),
        other => panic!("{other:?}"),
    })
}

/// The initializer that draws as a random op does.
fn drawing_initializer(function: &str, arguments: &Json) -> Initializer {
    match function {
        "random_uniform" => random_uniform_initializer(or(arguments, "minval", 0.0), or(arguments, "maxval", 1.0)),
        "random_normal" => {
            random_normal_initializer().mean(or(arguments, "mean", 0.0)).stddev(or(arguments, "stddev", 1.0))
        }
        "truncated_normal" => {
            truncated_normal_initializer().mean(or(arguments, "mean", 0.0)).stddev(or(arguments, "stddev", 1.0))
        }
        other => panic!("no initializer draws as {other}"),
    }
}

#[test]
fn random_ops_draw_what_tensorflow_draws() {
    draw_each_graph(|_, entry| random_op(entry));
}

/// An op with a seed of its own draws as the value of a variable whose initializer has that seed.
#[test]
fn initializers_with_seeds_draw_what_tensorflows_ops_draw() {
    draw_each_graph(|index, entry| match entry["op_seed"].as_i64() {
        None => random_op(entry),
        Some(seed) => {
            let function = entry["function"].as_str().expect("a function");
            let dtype = entry["dtype"].as_str().expect("a dtype");
            let initializer = drawing_initializer(function, entry).seed(seed);
            Some(new_variable(&format!("v{index}"), dtype, &shape(entry), Some(initializer)))
        }
    });
}

/// Draws as each of the recorded graphs does, whose ops `drawing` makes again.
fn draw_each_graph(drawing: impl Fn(usize, &Json) -> Option<Drawing>) {
    let recorded = recorded("random");
    let graphs = list(&recorded["graphs"]);
    assert!(graphs.len() >= 15);
    for json in graphs {
        let what = json["graph"].as_str().expect("a name");
        let entries = list(&json["ops"]);
        let graph = seeded(json);
        let drawings = graph
            .build(|| entries.iter().enumerate().map(|(index, entry)| drawing(index, entry)).collect::<Vec<_>>())
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        check(&graph, what, entries, &drawings);
    }
}

fn initializer(entry: &Json) -> Option<Initializer> {
    let arguments = &entry["arguments"];
    let made = match entry["initializer"].as_str()? {
        "constant" => constant_initializer(or(arguments, "value", 0.0)),
        "glorot_uniform" => glorot_uniform_initializer(),
        "glorot_normal" => glorot_normal_initializer(),
        "he_normal" => he_normal_initializer(),
        "he_uniform" => he_uniform_initializer(),
        "lecun_normal" => lecun_normal_initializer(),
        "lecun_uniform" => lecun_uniform_initializer(),
        // Uniform in `±factor * sqrt(3 / fan_in)`.
        "uniform_unit_scaling" => {
            variance_scaling_initializer(or(arguments, "factor", 1.0).powi(2), FanMode::FanIn, Distribution::Uniform)
        }
        "variance_scaling" => {
            let mode = match arguments["mode"].as_str() {
                Some("fan_in") => FanMode::FanIn,
                Some("fan_out") => FanMode::FanOut,
                Some("fan_avg") => FanMode::FanAvg,
                other => panic!("{other:?}"),
            };
            let distribution = match arguments["distribution"].as_str() {
                Some("uniform") => Distribution::Uniform,
                Some("untruncated_normal") => Distribution::UntruncatedNormal,
                Some("truncated_normal") => Distribution::TruncatedNormal,
                other => panic!("{other:?}"),
            };
            variance_scaling_initializer(or(arguments, "scale", 1.0), mode, distribution)
        }
        "orthogonal" => orthogonal_initializer(or(arguments, "gain", 1.0)),
        "convolutional_delta_orthogonal" => delta_orthogonal_initializer(or(arguments, "gain", 1.0)),
        "identity" => identity_initializer(or(arguments, "gain", 1.0)),
        function => drawing_initializer(function, arguments),
    };
    Some(match arguments["seed"].as_i64() {
        Some(seed) => made.seed(seed),
        None => made,
    })
}

#[test]
fn variables_start_where_tensorflows_do() {
    let recorded = [recorded("random"), recorded("creating")];
    let graphs: Vec<&Json> = recorded.iter().flat_map(|file| list(&file["initializers"])).collect();
    assert!(graphs.len() >= 90);
    for json in graphs {
        let what = json["graph"].as_str().expect("a name");
        let entries = list(&json["variables"]);
        let graph = seeded(json);
        let drawings = graph
            .build(|| {
                let drawing = |entry: &Json| {
                    let text = |key: &str| entry[key].as_str().expect("a text");
                    Some(new_variable(text("name"), text("dtype"), &shape(entry), initializer(entry)))
                };
                entries.iter().map(drawing).collect::<Vec<_>>()
            })
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        check(&graph, what, entries, &drawings);
    }
}

#[test]
fn halves_are_drawn_as_f32_and_rounded() {
    let draw = || {
        let graph = Graph::new();
        graph.set_random_seed(42);
        let half = graph.build(|| random_normal::<half::f16, _>([50], 0.0, 1.0)).unwrap();
        Session::new(&graph).unwrap().run(half).unwrap()
    };
    let graph = Graph::new();
    graph.set_random_seed(42);
    let single = graph.build(|| random_normal::<f32, _>([50], 0.0, 1.0)).unwrap();
    let single = Session::new(&graph).unwrap().run(single).unwrap();
    assert_eq!(draw(), single.mapv(half::f16::from_f32));
    assert_eq!(draw(), draw());
}

#[test]
fn an_empty_range_is_an_error_also_in_an_initializer() {
    let graph = Graph::new();
    for (min, max) in [(0.0, 0.5), (3.0, 3.0), (0.0, 2f64.powi(31))] {
        let options = VariableOptions::new().initializer(random_uniform_initializer(min, max));
        let error = graph.build(|| get_variable::<i32, _, _>("v", [2], options)).unwrap_err();
        assert_eq!(error.code(), "E-RANDOM-RANGE", "{min}..{max}");
    }
    let error = graph.build(|| random_uniform_int::<i64, _>([2], 5, 5)).unwrap_err();
    assert_eq!(error.code(), "E-RANDOM-RANGE");
}
