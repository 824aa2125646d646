//! What dropout leaves out: the same inputs as TensorFlow's, seed by seed and run by run.

use crate::recorded::{Inputs, array, assert_near, cases, list};
use tf::layers::{Dropout, dropout};
use tf::prelude::*;

#[test]
fn equal_seeds_leave_out_the_same_inputs_as_tensorflow() -> tf::Result<()> {
    for case in cases("dropout") {
        let graph = Graph::new();
        if let Some(seed) = case["graph_seed"].as_i64() {
            graph.set_random_seed(seed);
        }
        let mut inputs = Inputs::default();
        let y = graph.build(|| {
            let x = inputs.tensor::<f32>(&case["input"]);
            let options = Dropout::new(case["rate"].as_f64().expect("a rate")).training(true);
            dropout(x, case["op_seed"].as_i64().map_or(options, |seed| options.seed(seed)))
        })?;
        let session = Session::new(&graph)?;
        for wanted in list(&case, "runs") {
            assert_near(&session.run_with(y, inputs.feeds())?, &array(wanted), "dropout");
        }
    }
    Ok(())
}

#[test]
fn nothing_is_left_out_of_a_model_that_is_used() -> tf::Result<()> {
    let graph = Graph::new();
    let y = graph.build(|| dropout(tf::constant([1.0f32, 2.0]), Dropout::new(0.9)))?;
    assert_eq!(Session::new(&graph)?.run(y)?, ndarray::arr1(&[1.0, 2.0]).into_dyn());
    Ok(())
}

#[test]
fn a_rate_that_is_none_is_a_mistake() {
    for rate in [-0.1, 1.0, f64::NAN] {
        let refused = Graph::new().build(|| dropout(tf::constant([1.0f32]), Dropout::new(rate)));
        assert_eq!(refused.unwrap_err().code(), "E-DROPOUT-RATE", "{rate}");
    }
}
