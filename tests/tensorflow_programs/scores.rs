//! Programs of metrics_test.py: means, accuracies, errors, precision and recall over batches.

use crate::names;
use tf::metrics::{Metric, accuracy, mean, mean_squared_error, precision, recall};
use tf::prelude::*;
use tf::{Result, collection, placeholder};

/// The value and the update of a metric of one list, and how it is fed.
type Made = (Tensor<f32>, Tensor<f32>);

fn started(graph: &Graph) -> Result<Session> {
    let session = Session::new(graph)?;
    session.run(graph.build(tf::local_variables_initializer)?)?;
    Ok(session)
}

/// The value after one update of a metric of these.
fn after_one(build: impl FnOnce() -> Made) -> Result<f32> {
    let graph = Graph::new();
    let (value, update) = graph.build(build)?;
    let session = started(&graph)?;
    let updated = session.run(update)?[[]];
    assert_eq!(session.run(value)?[[]], updated);
    Ok(updated)
}

#[track_caller]
fn near(found: f32, wanted: f32) {
    assert!((found - wanted).abs() <= 1e-5, "{found} instead of {wanted}");
}

fn floats(x: &[f32]) -> Tensor<f32> {
    tf::constant_array(&ndarray::arr1(x))
}

fn truths(x: &[u8]) -> Tensor<bool> {
    let x: Vec<bool> = x.iter().map(|&x| x == 1).collect();
    tf::constant_array(&ndarray::arr1(&x))
}

/// MeanTest.testVars and testMetricsCollection: two local variables, in the collection of metrics too (M1).
#[test]
fn a_mean_has_a_total_and_a_count() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| mean(tf::ones::<f32, _>([4, 3]), Metric::new()))?;
    assert_eq!(names(&graph), ["mean/total", "mean/count"]);
    assert_eq!(graph.local_variables(), graph.collection(collection::METRIC_VARIABLES));
    assert!(graph.global_variables().is_empty());
    Ok(())
}

/// MeanTest.testBasic, testUpdateOpsReturnsCurrentValue and testUnweighted: each update yields the mean of all batches so far (M1).
#[test]
fn each_update_yields_the_mean_so_far() -> Result<()> {
    let graph = Graph::new();
    let (x, (value, update)) = graph.build(|| {
        let x = placeholder::<f32, _>("x", [1, 2]);
        (x, mean(x, Metric::new()))
    })?;
    let session = started(&graph)?;
    for (batch, wanted) in [([0.0, 1.0], 0.5), ([-4.2, 9.1], 1.475), ([6.5, 0.0], 12.4 / 6.0), ([-3.2, 4.0], 1.65)] {
        near(session.run_with(update, &[x.feed(ndarray::arr2(&[batch]))])?[[]], wanted);
    }
    near(session.run(value)?[[]], 1.65);
    Ok(())
}

/// MeanTest.test1dWeightedValues, testWeightedMean..: a weight for each value, or 0 for those that do not count (M1).
#[test]
fn weights_of_a_mean_count_values_more_or_not_at_all() -> Result<()> {
    let weighted = |weights: &'static [f32]| {
        after_one(move || mean(floats(&[0.0, 1.0, -4.2, 9.1]), Metric::new().weights(floats(weights))))
    };
    near(weighted(&[1.0, 0.0, 0.0, 1.0])?, (0.0 + 9.1) / 2.0);
    near(weighted(&[1.0, 2.0, 3.0, 4.0])?, (2.0 - 12.6 + 36.4) / 10.0);
    near(weighted(&[0.0, 0.0, 0.0, 0.0])?, 0.0);
    Ok(())
}

/// AccuracyTest.testMultipleUpdates and testEffectivelyEquivalentSizes: the share of answers that are right (M1).
#[test]
fn an_accuracy_is_the_share_of_right_answers() -> Result<()> {
    let graph = Graph::new();
    let (labels, predictions, (value, update)) = graph.build(|| {
        let (labels, predictions) = (placeholder::<i64, _>("labels", [1]), placeholder::<i64, _>("predictions", [1]));
        (labels, predictions, accuracy(labels, predictions, Metric::new()))
    })?;
    let session = started(&graph)?;
    for (label, prediction) in [(0i64, 0i64), (1, 1), (2, 0), (1, 2)] {
        session.run_with(update, &[labels.feed(vec![label]), predictions.feed(vec![prediction])])?;
    }
    near(session.run(value)?[[]], 0.5);
    // Texts are answers as well.
    let texts = |x: [&str; 4]| tf::constant::<String, _>(x);
    let share = after_one(|| accuracy(texts(["a", "b", "c", "d"]), texts(["a", "b", "d", "d"]), Metric::new()))?;
    near(share, 0.75);
    Ok(())
}

/// AccuracyTest.testMultipleUpdatesWithWeightedValues: what has no weight is neither right nor wrong (M1).
#[test]
fn an_accuracy_is_weighted() -> Result<()> {
    let (labels, predictions) = ([1i64, 1, 1, 1], [1i64, 0, 1, 0]);
    let weighted = |weights: &'static [f32]| {
        let list = |x: [i64; 4]| tf::constant_array(&ndarray::arr1(&x));
        after_one(move || accuracy(list(labels), list(predictions), Metric::new().weights(floats(weights))))
    };
    near(weighted(&[1.0, 1.0, 0.0, 0.0])?, 0.5);
    near(weighted(&[1.0, 0.0, 1.0, 0.0])?, 1.0);
    near(weighted(&[1.0, 3.0, 0.0, 0.0])?, 0.25);
    Ok(())
}

/// MeanSquaredErrorTest.testSingleUpdateZeroError, testSingleUpdateWithError, ..WithErrorAndWeights, testMultipleBatchesOfSizeOne (M1).
#[test]
fn a_squared_error_is_a_mean_over_batches() -> Result<()> {
    let error = |labels: &'static [f32], predictions: &'static [f32], options: fn() -> Metric| {
        after_one(move || mean_squared_error(floats(labels), floats(predictions), options()))
    };
    near(error(&[0.0; 6], &[0.0; 6], Metric::new)?, 0.0);
    near(error(&[1.0, 3.0, 2.0], &[2.0, 4.0, 6.0], Metric::new)?, 6.0);
    let weights = || Metric::new().weights(floats(&[0.0, 1.0, 0.0, 1.0]));
    near(error(&[1.0, 3.0, 2.0, 4.0], &[2.0, 4.0, 6.0, 8.0], weights)?, 17.0 / 2.0);
    let graph = Graph::new();
    let (labels, predictions, (value, update)) = graph.build(|| {
        let (labels, predictions) = (placeholder::<f32, _>("labels", [3]), placeholder::<f32, _>("predictions", [3]));
        (labels, predictions, mean_squared_error(labels, predictions, Metric::new()))
    })?;
    let session = started(&graph)?;
    for (label, prediction) in [([0.0f32, 1.0, 9.0], [10.0f32, 8.0, 6.0]), ([6.0, 5.0, 7.0], [-4.0, 3.0, -1.0])] {
        session.run_with(update, &[labels.feed(label.to_vec()), predictions.feed(prediction.to_vec())])?;
    }
    near(session.run(value)?[[]], 326.0 / 6.0);
    Ok(())
}

/// PrecisionTest and RecallTest: testAllCorrect, testSomeCorrect, testAllIncorrect, testZeroTruePositives.. (M1).
#[test]
fn precision_and_recall_count_what_was_found() -> Result<()> {
    let both = |labels: &'static [u8], predictions: &'static [u8]| -> Result<(f32, f32)> {
        let found = after_one(|| precision(truths(labels), truths(predictions), Metric::new()))?;
        Ok((found, after_one(|| recall(truths(labels), truths(predictions), Metric::new()))?))
    };
    assert_eq!(both(&[1, 0, 1, 0, 1], &[1, 0, 1, 0, 1])?, (1.0, 1.0));
    assert_eq!(both(&[0, 1, 1, 0], &[1, 0, 1, 0])?, (0.5, 0.5));
    assert_eq!(both(&[0, 1, 0, 1], &[1, 0, 1, 0])?, (0.0, 0.0));
    assert_eq!(both(&[0, 0, 0, 0], &[0, 0, 0, 0])?, (0.0, 0.0), "nothing to find, and nothing found");
    assert_eq!(both(&[1, 1, 1, 1], &[1, 0, 0, 0])?, (1.0, 0.25));
    Ok(())
}

/// PrecisionTest.testWeighted1d and RecallTest.testWeighted1d, testWeighted2d (M1).
#[test]
fn precision_and_recall_are_weighted() -> Result<()> {
    let (labels, predictions) = (&[0, 1, 1, 0, 1, 0, 0, 1], &[1, 0, 1, 0, 1, 0, 1, 0]);
    let weights = || Metric::new().weights(floats(&[1.0, 2.0, 3.0, 4.0, 4.0, 3.0, 2.0, 1.0]));
    let (found, false_ones, missed) = (3.0 + 4.0, 1.0 + 2.0, 2.0 + 1.0);
    near(after_one(|| precision(truths(labels), truths(predictions), weights()))?, found / (found + false_ones));
    near(after_one(|| recall(truths(labels), truths(predictions), weights()))?, found / (found + missed));
    Ok(())
}

/// testValueTensorIsIdempotent of each: the value is read as often as one likes, and changes by updates only (M1, M4).
#[test]
fn to_read_a_value_changes_nothing() -> Result<()> {
    let graph = Graph::new();
    let made = graph.build(|| {
        let list = || floats(&[1.0, 3.0, 2.0]);
        let some = || truths(&[1, 0, 1]);
        let all = [
            mean(list(), Metric::new()),
            mean_squared_error(list(), list() + 1.0, Metric::new()),
            accuracy(some(), truths(&[1, 1, 1]), Metric::new()),
            precision(some(), truths(&[1, 1, 1]), Metric::new()),
            recall(some(), truths(&[1, 0, 0]), Metric::new()),
        ];
        (all.map(|(value, _)| value), all.map(|(_, update)| update))
    })?;
    let session = started(&graph)?;
    for _ in 0..10 {
        session.run(made.1)?;
    }
    let first = session.run(made.0)?;
    for _ in 0..10 {
        assert_eq!(session.run(made.0)?, first);
    }
    assert_eq!(first.map(|value| value[[]]), [2.0, 1.0, 2.0 / 3.0, 2.0 / 3.0, 0.5]);
    Ok(())
}
