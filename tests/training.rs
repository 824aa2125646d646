//! Schedules and clipping against TensorFlow's numbers (`tests/parity/training.json`), and in checked models.

use ndarray::{ArrayD, IxDyn};
use serde_json::Value as Json;
use tf::prelude::*;
use tf::{Result, train};

fn recorded(part: &str) -> Vec<Json> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/training.json");
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    let json: Json = serde_json::from_str(&text).expect("the fixture is JSON");
    json[part].as_array().expect("a list of cases").clone()
}

fn array(json: &Json) -> ArrayD<f32> {
    let sizes: Vec<usize> =
        json["shape"].as_array().expect("a shape").iter().map(|n| n.as_u64().unwrap() as usize).collect();
    let data = json["data"].as_array().expect("data").iter().map(|x| x.as_f64().unwrap() as f32).collect();
    ArrayD::from_shape_vec(IxDyn(&sizes), data).expect("as many numbers as the shape says")
}

#[track_caller]
fn assert_near(found: &ArrayD<f32>, wanted: &ArrayD<f32>, of: &str) {
    assert_eq!(found.shape(), wanted.shape(), "{of}");
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).abs() <= 2e-6 * wanted.abs().max(1e-3), "{of}: {found} instead of {wanted}");
    }
}

#[test]
fn schedules_are_tensorflows() -> Result<()> {
    for case in recorded("schedules") {
        let (name, attrs) = (case["schedule"].as_str().unwrap(), &case["attrs"]);
        let (integer, number) =
            (|key: &str| attrs[key].as_i64().unwrap(), |key: &str| attrs[key].as_f64().unwrap() as f32);
        let flag = |key: &str| attrs[key].as_bool().unwrap_or(false);
        let graph = Graph::new();
        let (step, rate) = graph.build(|| {
            let step = tf::placeholder::<i64, _>("step", []);
            let rate = match name {
                "exponential_decay" => {
                    train::exponential_decay(0.1, step, integer("decay_steps"), number("decay_rate"), flag("staircase"))
                }
                "natural_exp_decay" => {
                    train::natural_exp_decay(0.1, step, integer("decay_steps"), number("decay_rate"), flag("staircase"))
                }
                "inverse_time_decay" => train::inverse_time_decay(
                    0.1,
                    step,
                    integer("decay_steps"),
                    number("decay_rate"),
                    flag("staircase"),
                ),
                "polynomial_decay" => train::polynomial_decay(
                    0.1,
                    step,
                    integer("decay_steps"),
                    number("end"),
                    number("power"),
                    flag("cycle"),
                ),
                "cosine_decay" => train::cosine_decay(0.1, step, integer("decay_steps"), number("alpha")),
                "cosine_decay_restarts" => train::cosine_decay_restarts(
                    0.1,
                    step,
                    integer("first_decay_steps"),
                    number("t_mul"),
                    number("m_mul"),
                    number("alpha"),
                ),
                "piecewise_constant" => train::piecewise_constant(step, 0.1, [(10, 0.05), (20, 0.01)]),
                other => panic!("no schedule `{other}`"),
            };
            (step, rate)
        })?;
        let session = Session::new(&graph)?;
        let wanted = array(&case["rates"]);
        for (n, wanted) in case["steps"].as_array().unwrap().iter().zip(&wanted) {
            let found = session.run_with(rate, &[step.feed(ndarray::arr0(n.as_i64().unwrap()))])?[[]];
            let bound = 2e-6 * wanted.abs().max(1e-3);
            assert!((found - wanted).abs() <= bound, "{name} {attrs} at {n}: {found} instead of {wanted}");
        }
    }
    Ok(())
}

#[test]
fn clipping_is_tensorflows() -> Result<()> {
    for case in recorded("clipping") {
        let (name, attrs) = (case["clip"].as_str().unwrap(), &case["attrs"]);
        let number = |key: &str| attrs[key].as_f64().unwrap() as f32;
        let inputs: Vec<ArrayD<f32>> = case["inputs"].as_array().unwrap().iter().map(array).collect();
        let graph = Graph::new();
        let outputs = graph.build(|| {
            let x = tf::constant_array(&inputs[0]);
            match name {
                "clip_by_value" => vec![train::clip_by_value(x, number("min"), number("max"))],
                "clip_by_norm" => vec![train::clip_by_norm(x, number("norm"))],
                "clip_by_average_norm" => vec![train::clip_by_average_norm(x, number("norm"))],
                "global_norm" => vec![train::global_norm([x, tf::constant_array(&inputs[1])])],
                "clip_by_global_norm" => {
                    let (clipped, norm) =
                        train::clip_by_global_norm([x, tf::constant_array(&inputs[1])], number("norm"));
                    vec![clipped[0], clipped[1], norm]
                }
                other => panic!("no clipping `{other}`"),
            }
        })?;
        let found = Session::new(&graph)?.run(outputs)?;
        for (found, wanted) in found.iter().zip(case["outputs"].as_array().unwrap()) {
            assert_near(found, &array(wanted), name);
        }
    }
    Ok(())
}

/// The same of lists of gradients.
#[test]
fn clipping_of_gradients_is_tensorflows() -> Result<()> {
    for case in recorded("clipping") {
        let attrs = &case["attrs"];
        let number = |key: &str| attrs[key].as_f64().unwrap();
        let inputs: Vec<ArrayD<f32>> = case["inputs"].as_array().unwrap().iter().map(array).collect();
        let name = case["clip"].as_str().unwrap();
        let graph = Graph::new();
        let outputs = graph.build(|| {
            let of: Variable<f32> = get_variable!("v", []);
            let gradients: train::Gradients =
                inputs.iter().map(|x| (Some(tf::constant_array(x).into()), of.into())).collect();
            let tensors = |clipped: train::Gradients| -> Vec<Tensor<f32>> {
                clipped.iter().map(|(gradient, _)| gradient.unwrap().tensor().expect("it is of f32")).collect()
            };
            match name {
                "clip_by_value" => tensors(train::clip_gradients_by_value(&gradients, number("min"), number("max"))),
                "clip_by_norm" => tensors(train::clip_gradients_by_norm(&gradients, number("norm"))),
                "clip_by_global_norm" => {
                    let (clipped, norm) = train::clip_gradients_by_global_norm(&gradients, number("norm"));
                    [tensors(clipped), vec![norm]].concat()
                }
                _ => vec![],
            }
        })?;
        let found = Session::new(&graph)?.run(outputs)?;
        for (found, wanted) in found.iter().zip(case["outputs"].as_array().unwrap()) {
            assert_near(found, &array(wanted), name);
        }
    }
    Ok(())
}

#[test]
fn a_norm_that_is_not_finite_is_seen_in_every_result() -> Result<()> {
    let graph = Graph::new();
    let (clipped, norm) = graph
        .build(|| train::clip_by_global_norm([tf::constant([f32::INFINITY, 1.0]), tf::constant([1.0f32])], 1.0))?;
    let (clipped, norm) = Session::new(&graph)?.run((clipped, norm))?;
    assert!(clipped.iter().flatten().all(|x| x.is_nan()) && norm[[]].is_infinite());
    Ok(())
}

model! {
    /// Rates and norms in a checked model.
    pub Scaled(step: i64[], x: f32[?, 2]) -> (f32[], f32[?, 2]) {
        let rate = train::linear_warmup(train::cosine_decay(0.1, step, 100, 0.0), step, 10);
        let rate = rate * train::piecewise_constant(step, 1.0, [(50, 0.5)]);
        let (clipped, _norm) = train::clip_by_global_norm([x, x * 2.0], 1.0);
        (rate, train::clip_by_value(clipped[0], -0.25, 0.25))
    }
}

#[test]
fn schedules_and_clipping_are_layers() -> Result<()> {
    let model = Scaled::init(1)?;
    let (rate, clipped) = model.run(&ndarray::arr0(5), &ndarray::arr2(&[[3.0, 4.0]]))?;
    let wanted = 0.1 * 0.5 * (1.0 + (std::f32::consts::PI * 0.05).cos()) * 0.5;
    assert!((rate[[]] - wanted).abs() < 1e-7, "{rate} instead of {wanted}");
    assert_eq!(clipped, ndarray::arr2(&[[0.25, 0.25]]));
    Ok(())
}
