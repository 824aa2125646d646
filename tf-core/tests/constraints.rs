//! What constraints make of values, compared with what Keras's made of them (`constraints` in `tests/parity/creating.json`).

use ndarray::{ArrayD, IxDyn};
use serde_json::Value as Json;
use tf_core::{
    Constraint, Graph, Session, constant_array, max_norm_constraint, min_max_norm_constraint, non_neg_constraint,
    unit_norm_constraint,
};

fn array(recorded: &Json) -> ArrayD<f32> {
    let list = |key: &str| recorded[key].as_array().expect("a list").iter();
    let shape: Vec<usize> = list("shape").map(|size| size.as_u64().expect("a size") as usize).collect();
    let data = list("data").map(|x| x.as_f64().expect("a number") as f32).collect();
    ArrayD::from_shape_vec(IxDyn(&shape), data).expect("as many numbers as the shape says")
}

fn constraint(case: &Json) -> Constraint {
    let number = |key: &str| case["arguments"][key].as_f64().unwrap_or_else(|| panic!("{key} in {case}"));
    let axis = || case["arguments"]["axis"].as_i64().expect("an axis") as i32;
    match case["constraint"].as_str() {
        Some("non_neg") => non_neg_constraint(),
        Some("max_norm") => max_norm_constraint(number("max"), axis()),
        Some("unit_norm") => unit_norm_constraint(axis()),
        Some("min_max_norm") => min_max_norm_constraint(number("min"), number("max"), number("rate"), axis()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn c32_o15_constraints_make_of_values_what_kerass_do() {
    let recorded: Json = serde_json::from_str(include_str!("../../tests/parity/creating.json")).unwrap();
    let cases = recorded["constraints"].as_array().unwrap();
    assert_eq!(cases.len(), 7);
    for case in cases {
        let graph = Graph::new();
        let made = graph.build(|| constraint(case).apply(constant_array(&array(&case["value"])))).unwrap();
        let made = Session::new(&graph).unwrap().run(made).unwrap();
        let expected = array(&case["result"]);
        assert_eq!(made.shape(), expected.shape());
        for (made, expected) in made.iter().zip(&expected) {
            assert!((made - expected).abs() <= 2.0 * f32::EPSILON * expected.abs(), "{made} for {expected}: {case}");
        }
    }
}
