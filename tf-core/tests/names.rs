//! Names of ops and variables against TensorFlow: the sequences of tests/parity/names.json.

mod programs;

use programs::{Program, Raising, programs};
use serde_json::Value;
use tf_core::{Graph, constant, name_scope};

/// The sequence that ends otherwise here, after this many events, and how.
const DIFFERENT: (&str, usize, &str) = ("variables", 1, "E-CASE");

fn sequences() -> Vec<Program> {
    let fixture: Value = serde_json::from_str(include_str!("../../tests/parity/names.json")).unwrap();
    programs(&fixture["sequences"])
}

#[test]
fn s27_s28_c3_names_are_made_unique_as_in_tensorflow() {
    for program in sequences().iter().filter(|program| program.id != DIFFERENT.0) {
        assert_eq!(program.run(Raising::Returned), program.events, "{}", program.id);
        assert_eq!(program.run(Raising::Unwinding), program.events, "{}, unwinding", program.id);
    }
}

#[test]
fn c4_variables_whose_names_differ_only_in_case_are_a_mistake() {
    let (id, equal, code) = DIFFERENT;
    let all = sequences();
    let program = all.iter().find(|program| program.id == id).unwrap();
    let found = program.run(Raising::Returned);
    assert_eq!(found[..equal], program.events[..equal]);
    assert_eq!(found[equal..], [serde_json::json!({"error": code})]);
}

#[test]
fn s28_a_name_taken_by_a_failed_build_is_free_again() {
    let graph = Graph::new();
    let name = || graph.name_of(name_scope("x", || constant(1.0f32)));
    let failed = graph.build(|| {
        let names = (name(), name());
        name_scope("a b", || ());
        names
    });
    assert_eq!(failed.unwrap_err().code(), "E-NAME-CHARACTER");
    assert_eq!(graph.build(|| (name(), name())).unwrap(), (Some("x/Const".into()), Some("x_1/Const".into())));
}

#[test]
fn s28_names_are_unique_whatever_the_order_they_come_in() {
    let graph = Graph::new();
    graph
        .build(|| {
            for name in ["a_1", "a", "A", "a", "a_2", "a_1", "A_1_1", "a"] {
                let _ = tf_core::placeholder::<f32, _>(name, []);
            }
        })
        .unwrap();
    let mut names: Vec<String> = graph.op_names().iter().map(|name| name.to_lowercase()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 8);
}
