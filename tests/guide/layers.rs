//! "Most of the functional layers .. use this approach, as well as all metrics": all of both share through scopes.

use crate::{known, names, started};
use tf::{
    AnyVariable, Result, layers,
    layers::{
        BasicLstmCell, BasicRnnCell, BatchNormalization, Conv2d, Conv2dTranspose, Dense, DepthwiseConv2d, Dropout,
        Embedding, GruCell, LayerNormalization, SeparableConv2d,
    },
    metrics,
    metrics::{Auc, Metric},
    prelude::*,
};

model! {
    /// A layer and a metric, each used twice and shared by the scope around both.
    WithLayers(left: f32[n, 3], right: f32[n, 3], labels: f32[n, 2]) -> (f32[n, 2], f32[n, 2], f32[]) {
        use tf::{layers::{Dense, dense}, metrics::{Metric, mean_squared_error}};
        with variable_scope("model") as scope {
            let a = dense(left, Dense::new(2).name("out"));
            let (_, first) = mean_squared_error(labels, a, Metric::new().name("error"));
            scope.reuse_variables();
            let b = dense(right, Dense::new(2).name("out"));
            let (_, both) = control_dependencies!([first], { mean_squared_error(labels, b, Metric::new().name("error")) });
            (a, b, both)
        }
    }
}

#[test]
fn layers_and_metrics_share_through_scopes() -> Result<()> {
    let wanted = ["model/out/kernel", "model/out/bias", "model/error/total", "model/error/count"];
    assert_eq!(known(WithLayers::VARIABLES), wanted);
    let model = WithLayers::init(3)?;
    let (x, labels) = (ndarray::Array2::ones((4, 3)), ndarray::Array2::zeros((4, 2)));
    let (a, b, error) = model.run(&x, &x, &labels)?;
    assert_eq!(a, b);
    assert!((error[[]] - a.iter().map(|x| x * x).sum::<f32>() / 8.0).abs() < 1e-6);
    assert_eq!(model.get::<f32>("model/error/count")?[[]], 16.0);
    Ok(())
}

/// A function of the library, called in a scope, then in the same one with `reuse`: the variables are those of one call, and what it
/// yields is one value. Called twice without `reuse` it has twice as many (L1, L4, M2).
fn shares(kind: &str, call: impl Fn() -> Tensor<f32>) -> Result<()> {
    let scoped = |reuse: Reuse| tf::variable_scope(tf::scope("model").reuse(reuse), |_| call());
    let graph = Graph::new();
    let first = graph.build(|| scoped(Reuse::Inherit))?;
    let alone = names(&graph);
    assert!(!alone.is_empty() && alone.iter().all(|name| name.starts_with(&format!("model/{kind}"))), "{alone:?}");
    let second = graph.build(|| scoped(Reuse::Yes))?;
    assert_eq!(names(&graph), alone, "{kind}");
    let session = started(&graph)?;
    let (first, second) = (session.run(first)?, session.run(second)?);
    assert_eq!(first, second, "{kind}");

    let apart = Graph::new();
    apart.build(|| tf::variable_scope("model", |_| (call(), call())))?;
    assert_eq!(names(&apart).len(), 2 * alone.len(), "{kind}");
    Ok(())
}

#[test]
fn every_layer_shares_through_scopes() -> Result<()> {
    let image = || tf::ones::<f32, _>([1, 4, 4, 2]) * 0.5;
    let rows = || tf::constant([[1.0f32, -2.0, 0.5], [0.0, 1.0, 3.0]]);
    shares("dense", || layers::dense(rows(), Dense::new(4)))?;
    shares("conv2d", || layers::conv2d(image(), Conv2d::new(3, [3, 3])))?;
    shares("depthwise_conv2d", || layers::depthwise_conv2d(image(), DepthwiseConv2d::new([3, 3])))?;
    shares("separable_conv2d", || layers::separable_conv2d(image(), SeparableConv2d::new(3, [3, 3])))?;
    shares("conv2d_transpose", || layers::conv2d_transpose(image(), Conv2dTranspose::new(3, [2, 2])))?;
    shares("batch_normalization", || layers::batch_normalization(rows(), BatchNormalization::new()))?;
    shares("layer_normalization", || layers::layer_normalization(rows(), LayerNormalization::new()))?;
    shares("embedding", || layers::embedding(tf::constant([1, 0]), Embedding::new(5, 3)))?;
    let state = || layers::zero_state(rows(), 4);
    shares("basic_rnn_cell", || layers::basic_rnn_cell(rows(), state(), BasicRnnCell::new(4)))?;
    shares("gru_cell", || layers::gru_cell(rows(), state(), GruCell::new(4)))?;
    shares("basic_lstm_cell", || {
        let state = layers::LstmState { c: state(), h: state() };
        layers::basic_lstm_cell(rows(), state, BasicLstmCell::new(4)).h
    })
}

/// It has no variables to share.
#[test]
fn dropout_has_no_variables() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| layers::dropout(layers::dropout(tf::ones::<f32, _>([4]), Dropout::new(0.5)), Dropout::new(0.5)))?;
    assert!(names(&graph).is_empty());
    Ok(())
}

/// "all tf.metrics", which TensorFlow's own do not (M2).
#[test]
fn every_metric_shares_through_scopes() -> Result<()> {
    let (truth, guess) = (|| tf::constant([1.0f32, 0.0, 1.0]), || tf::constant([1.0f32, 1.0, 0.0]));
    let yes = |x: Tensor<f32>| tf::greater(x, 0.5);
    shares("mean", || metrics::mean(truth(), Metric::new()).0)?;
    shares("accuracy", || metrics::accuracy(truth(), guess(), Metric::new()).0)?;
    shares("mean_squared_error", || metrics::mean_squared_error(truth(), guess(), Metric::new()).0)?;
    shares("precision", || metrics::precision(yes(truth()), yes(guess()), Metric::new()).0)?;
    shares("recall", || metrics::recall(yes(truth()), yes(guess()), Metric::new()).0)?;
    shares("auc", || metrics::auc(yes(truth()), guess(), Auc::new()).0)
}

/// What is counted at one call is counted for the other, since the totals are one.
#[test]
fn metrics_that_share_count_together() -> Result<()> {
    let graph = Graph::new();
    let (update, value) = graph.build(|| {
        let at = |values: Tensor<f32>, reuse: Reuse| {
            tf::variable_scope(tf::scope("model").reuse(reuse), |_| metrics::mean(values, Metric::new()))
        };
        let (_, update) = at(tf::constant([1.0, 2.0, 6.0]), Reuse::Inherit);
        let (value, _) = at(tf::constant([100.0]), Reuse::Yes);
        (update, value)
    })?;
    let session = started(&graph)?;
    session.run(update)?;
    assert_eq!(session.run(value)?[[]], 3.0);
    assert_eq!(graph.collection::<AnyVariable>(collection::METRIC_VARIABLES).len(), 2);
    Ok(())
}
