//! What TensorFlow came to, the data that it was given, and the comparison.

use ndarray::{Array, ArrayD, Dimension, IntoDimension};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use tf::{AnyVariable, Float, Result, Session, Value, collection};

pub const SEED: u64 = 42;

/// How far apart a loss may be from TensorFlow's, as a part of it, and a value from a value.
const APART: f64 = 1e-4;

/// `sin(start + step i)` for element `i`.
pub fn wave<S: IntoDimension>(shape: S, start: f64, step: f64) -> Array<f32, S::Dim> {
    let shape = shape.into_dimension();
    let values = (0..shape.size()).map(|i| (start + step * i as f64).sin() as f32).collect();
    Array::from_shape_vec(shape, values).expect("as many values as the shape has")
}

/// `(start + factor i) mod below` for element `i`.
pub fn numbers<S: IntoDimension>(shape: S, start: i32, factor: i32, below: i32) -> Array<i32, S::Dim> {
    let shape = shape.into_dimension();
    let values = (0..shape.size() as i32).map(|i| (start + factor * i) % below).collect();
    Array::from_shape_vec(shape, values).expect("as many values as the shape has")
}

/// 1 where the number is that of the column, 0 elsewhere.
pub fn one_hot(numbers: &ndarray::Array1<i32>, columns: usize) -> ndarray::Array2<f32> {
    ndarray::Array2::from_shape_fn((numbers.len(), columns), |(i, j)| f32::from(numbers[i] == j as i32))
}

/// A run as it was recorded.
pub struct Run {
    name: String,
    json: Json,
}

impl Run {
    pub fn named(name: &str) -> Run {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/training_runs.json");
        let text = std::fs::read_to_string(path).expect("the fixture is there");
        let mut json: Json = serde_json::from_str(&text).expect("the fixture is JSON");
        assert_eq!(json["seed"], SEED);
        let runs = json["runs"].as_array_mut().expect("a list of runs");
        let found =
            runs.iter().position(|run| run["run"] == name).unwrap_or_else(|| panic!("there is no run `{name}`"));
        Run { name: name.to_owned(), json: runs.swap_remove(found) }
    }

    /// Goes through the rounds; each yields the losses from before its steps.
    #[track_caller]
    pub fn follow<const STEPS: usize>(&self, mut round: impl FnMut(i32) -> Result<[f64; STEPS]>) -> Result<()> {
        let recorded = floats(&self.json["losses"]);
        assert_eq!(recorded.len(), 100 * STEPS, "{}", self.name);
        let mut worst = 0.0_f64;
        for (n, wanted) in recorded.chunks(STEPS).enumerate() {
            for (step, (found, &wanted)) in round(n as i32)?.into_iter().zip(wanted).enumerate() {
                worst = worst.max(apart(found, wanted));
                assert!(
                    worst < APART,
                    "{}, round {n}, step {step}: {found} instead of {wanted}, {worst:e} apart",
                    self.name
                );
            }
        }
        println!("{}: the losses are up to {worst:e} apart", self.name);
        Ok(())
    }

    /// Compares what is computed in the end.
    #[track_caller]
    pub fn ends<T: Float + Into<f64>>(&self, what: &str, found: &ArrayD<T>) {
        let wanted = floats(&self.json["ends"][what]);
        assert_eq!(found.len(), wanted.len(), "{}, {what}", self.name);
        for (&found, wanted) in found.iter().zip(wanted) {
            let found: f64 = found.into();
            assert!(apart(found, wanted) < APART, "{}, {what}: {found} instead of {wanted}", self.name);
        }
    }

    /// Compares the names of all variables, and the Euclidean norms of their values. A model that trains counts its steps; a program of
    /// TensorFlow may not.
    #[track_caller]
    pub fn leaves(&self, session: &Session) {
        let recorded: BTreeMap<String, f64> =
            serde_json::from_value(self.json["variables"].clone()).expect("a norm for each name");
        let graph = session.graph();
        let listed = graph.collection::<AnyVariable>(collection::GLOBAL_VARIABLES);
        let name = |&variable: &AnyVariable| graph.describe(variable).expect("it is of this graph").name;
        let counted = |name: &String| recorded.contains_key("global_step") || name != "global_step";
        let names: BTreeSet<String> = listed.iter().map(name).filter(counted).collect();
        assert_eq!(names, recorded.keys().cloned().collect(), "{}", self.name);

        // A store holds what is in parts as a whole.
        let mut squares: BTreeMap<String, f64> = BTreeMap::new();
        for (name, norm) in &recorded {
            let whole: Vec<&str> = name.split('/').filter(|component| !component.starts_with("part_")).collect();
            *squares.entry(whole.join("/")).or_default() += norm * norm;
        }
        for (name, square) in squares {
            let value = session.store().get(&name).unwrap_or_else(|error| panic!("{}: {error}", self.name));
            let (found, wanted) = (norm(&value), square.sqrt());
            assert!(apart(found, wanted) < 10.0 * APART, "{}, `{name}`: {found} instead of {wanted}", self.name);
        }
    }
}

fn norm(value: &Value) -> f64 {
    value.numbers().expect("variables that train hold numbers").iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The difference as a part of what is wanted, or, where that is small, of a hundredth.
fn apart(found: f64, wanted: f64) -> f64 {
    (found - wanted).abs() / wanted.abs().max(0.01)
}

fn floats(tensor: &Json) -> Vec<f64> {
    tensor["data"].as_array().expect("a tensor").iter().map(|x| x.as_f64().expect("a number")).collect()
}
