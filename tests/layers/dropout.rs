//! What dropout leaves out: the same inputs as TensorFlow's, seed by seed and run by run.

use crate::recorded::{Inputs, array, assert_near, cases, list};
use serde_json::Value as Json;
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
            let options = case["op_seed"].as_i64().map_or(options, |seed| options.seed(seed));
            dropout(x, noisy(options, &case["noise"]))
        })?;
        let session = Session::new(&graph)?;
        for wanted in list(&case, "runs") {
            assert_near(&session.run_with(y, inputs.feeds())?, &array(wanted), "dropout");
        }
    }
    Ok(())
}

/// With the shape of the noise that is recorded, in which what is null is the input's.
fn noisy(options: Dropout, noise: &Json) -> Dropout {
    let Some(sizes) = noise.as_array() else { return options };
    let sizes: Vec<usize> = sizes.iter().map(|size| size.as_u64().map_or(tf::ANY, |size| size as usize)).collect();
    match sizes[..] {
        [a, b] => options.noise_shape([a, b]),
        [a, b, c] => options.noise_shape([a, b, c]),
        _ => panic!("{sizes:?}"),
    }
}

#[test]
fn noise_that_does_not_broadcast_is_a_mistake() {
    let refused = |noise: fn(Dropout) -> Dropout| {
        let options = noise(Dropout::new(0.5).training(true));
        let refused = Graph::new().build(|| dropout(tf::zeros::<f32, _>([2, 3]), options));
        refused.unwrap_err().code()
    };
    assert_eq!(refused(|options| options.noise_shape([2])), "E-NOISE-SHAPE");
    assert_eq!(refused(|options| options.noise_shape([tf::ANY, 2])), "E-NOISE-SHAPE");
    // Where the input's size is not known before, the run says so.
    let graph = Graph::new();
    let (x, y) = graph
        .build(|| {
            let x = tf::placeholder::<f32, _>("x", [tf::ANY, 3]);
            (x, dropout(x, Dropout::new(0.5).training(true).noise_shape([4, 1])))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    let run = |rows| session.run_with(y, &[x.feed(ndarray::Array2::ones((rows, 3)))]);
    assert_eq!((run(4).unwrap().shape(), run(2).unwrap_err().code()), (&[4, 3][..], "E-NOISE-SHAPE"));
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
