//! Metrics over batches: TensorFlow's numbers, their collections, and sharing through scopes (M1 to M4).

use crate::recorded::{Inputs, cases, list, text, texts, variable};
use ndarray::arr0;
use serde_json::Value as Json;
use tf::metrics::{Auc, Curve, Metric, Summation, accuracy, auc, mean, mean_squared_error, precision, recall};
use tf::prelude::*;
use tf::{collection, scope};

fn build(case: &Json, inputs: &mut [Inputs]) -> (Tensor<f32>, Tensor<f32>) {
    let recorded: Vec<&Json> = list(case, "inputs").iter().map(|batches| &batches[0]).collect();
    // One placeholder for each input, fed with each batch in turn.
    macro_rules! input {
        ($index:expr, $t:ty) => {{
            let tensor = inputs[0].tensor::<$t>(recorded[$index]);
            for (batch, inputs) in inputs.iter_mut().enumerate().skip(1) {
                inputs.feed(tensor, &list(case, "inputs")[$index][batch]);
            }
            tensor
        }};
    }
    let plain = Metric::new();
    match (text(case, "metric"), text(case, "case")) {
        ("mean", "plain") => mean(input!(0, f32), plain),
        ("mean", "weighted") => {
            let x = input!(0, f32);
            mean(x, plain.weights(input!(1, f32)).name("m"))
        }
        ("accuracy", _) => {
            let labels = input!(0, i32);
            accuracy(labels, input!(1, i32), plain)
        }
        ("mean_squared_error", kind) => {
            let labels = input!(0, f32);
            let predictions = input!(1, f32);
            let options = if kind == "weighted" { plain.weights(input!(2, f32)) } else { plain };
            mean_squared_error(labels, predictions, options)
        }
        ("precision", _) => {
            let labels = input!(0, bool);
            precision(labels, input!(1, bool), plain)
        }
        ("recall", _) => {
            let labels = input!(0, bool);
            recall(labels, input!(1, bool), plain)
        }
        ("auc", kind) => {
            let (labels, scores) = (input!(0, bool), input!(1, f32));
            let options = if kind == "weighted" { Auc::new().weights(input!(2, f32)).name("area") } else { area(kind) };
            auc(labels, scores, options)
        }
        (metric, case) => panic!("no case `{metric}/{case}`"),
    }
}

fn area(kind: &str) -> Auc {
    let options = Auc::new();
    match kind {
        "plain" => options,
        "five_thresholds" => options.thresholds(5),
        "minoring" => options.thresholds(7).summation(Summation::Minoring),
        "majoring" => options.thresholds(7).summation(Summation::Majoring),
        "precision_recall" => options.thresholds(50).curve(Curve::PrecisionRecall),
        "careful" => options.thresholds(50).curve(Curve::PrecisionRecall).summation(Summation::CarefulInterpolation),
        "careful_roc" => options.thresholds(2).summation(Summation::CarefulInterpolation),
        other => panic!("no case `{other}`"),
    }
}

fn names(graph: &Graph) -> Vec<String> {
    graph.variables().into_iter().map(|v| v.name).collect()
}

#[test]
fn m1_metrics_count_over_batches_as_tensorflows_do() -> tf::Result<()> {
    let cases = cases("metrics");
    assert!(cases.len() >= 16);
    for case in &cases {
        let of = format!("{}/{}", text(case, "metric"), text(case, "case"));
        let graph = Graph::new();
        let steps = list(case, "steps");
        let mut inputs: Vec<Inputs> = (1..steps.len()).map(|_| Inputs::default()).collect();
        let (value, update) = graph.build(|| build(case, &mut inputs))?;
        assert_eq!(names(&graph), texts(case, "variables"), "{of}");
        let session = Session::new(&graph)?;
        session.run(graph.build(tf::local_variables_initializer)?)?;
        let near = |found: f32, wanted: &Json| {
            let wanted = wanted.as_f64().expect("a number") as f32;
            assert!((found - wanted).abs() <= 1e-6 * wanted.abs(), "{of}: {found} instead of {wanted}");
        };

        near(session.run(value)?[[]], &steps[0]["value"]);
        for (inputs, step) in inputs.iter().zip(&steps[1..]) {
            near(session.run_with(update, inputs.feeds())?[[]], &step["update"]);
            near(session.run(value)?[[]], &step["value"]);
        }
        assert!(graph.global_variables().is_empty() && graph.trainable_variables().is_empty(), "{of}");
        assert_eq!(graph.local_variables(), graph.collection(collection::METRIC_VARIABLES), "{of}");
        assert_eq!(graph.local_variables().len(), names(&graph).len(), "{of}");
    }
    Ok(())
}

fn watch(x: Tensor<f32>) -> (Tensor<f32>, Tensor<f32>) {
    mean(x, Metric::new())
}

#[test]
fn m2_metrics_share_through_scopes_when_asked_to() -> tf::Result<()> {
    let graph = Graph::new();
    let (other, value) = graph.build(|| {
        let x = tf::constant([2.0f32]);
        let (_, first) = variable_scope("eval", |_| watch(x));
        let (other, _) = variable_scope("eval", |_| mean(x, Metric::new().name("other")));
        let (value, second) =
            variable_scope(scope("eval").reuse(true), |_| mean(tf::constant([4.0f32, 0.0]), Metric::new()));
        (other, tf::control_dependencies([first, second], || value + 0.0))
    })?;
    assert_eq!(names(&graph), ["eval/mean/total", "eval/mean/count", "eval/other/total", "eval/other/count"]);
    let session = Session::new(&graph)?;
    session.run(graph.build(tf::local_variables_initializer)?)?;
    session.run(value)?;
    let (total, count) = (variable(&session, "eval/mean/total")?, variable(&session, "eval/mean/count")?);
    assert_eq!((total, count, session.run(other)?), (arr0(6.0).into_dyn(), arr0(3.0).into_dyn(), arr0(0.0).into_dyn()));
    Ok(())
}

#[test]
fn m2_metrics_do_not_share_unless_asked_to() -> tf::Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        let x = tf::constant([2.0f32]);
        let _ = (watch(x), watch(x));
        for _ in 0..2 {
            variable_scope(scope("auto").reuse(AUTO_REUSE), |_| (watch(x), watch(x)));
        }
    })?;
    let wanted = ["mean", "mean_1", "auto/mean", "auto/mean_1"];
    let totals: Vec<String> = names(&graph).into_iter().filter(|name| name.ends_with("/total")).collect();
    assert_eq!(totals, wanted.map(|scope| format!("{scope}/total")));
    let refused = graph.build(|| (mean(tf::constant([1.0f32]), Metric::new().name("mean")),)).unwrap_err();
    assert_eq!(refused.code(), "E-EXISTS");
    Ok(())
}

#[test]
fn m3_a_metric_that_was_not_initialized_says_so() -> tf::Result<()> {
    let graph = Graph::new();
    let (value, update) = graph.build(|| watch(tf::constant([2.0f32])))?;
    let session = Session::new(&graph)?;
    assert_eq!(session.run(value).unwrap_err().code(), "E-UNINITIALIZED");
    assert_eq!(session.run(update).unwrap_err().code(), "E-UNINITIALIZED");
    Ok(())
}

#[test]
fn m4_running_the_local_initializer_again_starts_anew() -> tf::Result<()> {
    let graph = Graph::new();
    let (value, update) = graph.build(|| watch(tf::constant([2.0f32, 4.0])))?;
    let start = graph.build(tf::local_variables_initializer)?;
    let session = Session::new(&graph)?;
    session.run(start)?;
    assert_eq!(session.run(update)?, arr0(3.0).into_dyn());
    session.run(start)?;
    assert_eq!(session.run(value)?, arr0(0.0).into_dyn());
    Ok(())
}

#[test]
fn weights_that_do_not_fit_are_a_mistake() {
    let refused = Graph::new().build(|| {
        let weights = tf::constant([[1.0f32, 2.0], [3.0, 4.0]]);
        mean(tf::constant([1.0f32, 2.0]), Metric::new().weights(weights))
    });
    assert_eq!(refused.unwrap_err().code(), "E-METRIC-WEIGHTS");
}

#[test]
fn thresholds_that_make_no_curve_are_a_mistake() {
    let refused = Graph::new().build(|| auc(tf::constant([true]), tf::constant([0.5f32]), Auc::new().thresholds(1)));
    assert_eq!(refused.unwrap_err().code(), "E-METRIC-THRESHOLDS");
}
