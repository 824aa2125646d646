//! How many of the things that were found are right, and how many of the right ones are found.

use super::{
    options::Metric,
    totals::{counted, share, total},
};
use crate::{Tensor, variable_scope};

/// Of all predictions so far that said yes, the part whose label says yes, and the update that adds a batch.
///
/// Variables: `true_positives/count`, `false_positives/count`. TensorFlow: `tf.metrics.precision`.
///
/// ```
/// use tf::{metrics::{Metric, precision}, prelude::*};
/// model! {
///     pub Precise(labels: bool[?], predictions: bool[?]) -> f32[] { precision(labels, predictions, Metric::new()).1 }
/// }
/// let labels = ndarray::arr1(&[true, false, true]);
/// assert_eq!(Precise::init(1)?.run(&labels, &ndarray::arr1(&[true, true, false]))?, ndarray::arr0(0.5));
/// # Ok::<(), tf::Error>(())
/// ```
#[variable_scope]
#[track_caller]
pub fn precision(labels: Tensor<bool>, predictions: Tensor<bool>, options: Metric) -> (Tensor<f32>, Tensor<f32>) {
    variable_scope!(options.scope("precision"), default_name = "precision", reuse = options.reuse, {
        let right = events("true_positives", tf::logical_and(labels, predictions), options);
        let wrong = events("false_positives", tf::logical_and(tf::logical_not(labels), predictions), options);
        (share(right.0, right.0 + wrong.0), share(right.1, right.1 + wrong.1))
    })
}

/// Of all labels so far that say yes, the part whose prediction said yes, and the update that adds a batch.
///
/// Variables: `true_positives/count`, `false_negatives/count`. TensorFlow: `tf.metrics.recall`.
///
/// ```
/// use tf::{metrics::{Metric, recall}, prelude::*};
/// model! {
///     pub Complete(labels: bool[?], predictions: bool[?]) -> f32[] { recall(labels, predictions, Metric::new()).1 }
/// }
/// let labels = ndarray::arr1(&[true, false, true]);
/// assert_eq!(Complete::init(1)?.run(&labels, &ndarray::arr1(&[true, true, true]))?, ndarray::arr0(1.0));
/// # Ok::<(), tf::Error>(())
/// ```
#[variable_scope]
#[track_caller]
pub fn recall(labels: Tensor<bool>, predictions: Tensor<bool>, options: Metric) -> (Tensor<f32>, Tensor<f32>) {
    variable_scope!(options.scope("recall"), default_name = "recall", reuse = options.reuse, {
        let found = events("true_positives", tf::logical_and(labels, predictions), options);
        let missed = events("false_negatives", tf::logical_and(labels, tf::logical_not(predictions)), options);
        (share(found.0, found.0 + missed.0), share(found.1, found.1 + missed.1))
    })
}

/// How often something happened so far, and the update that adds a batch.
#[variable_scope]
#[track_caller]
fn events(name: &'static str, happened: Tensor<bool>, options: Metric) -> (Tensor<f32>, Tensor<f32>) {
    variable_scope!(name, {
        let count = total("count");
        let happened = tf::cast::<f32, bool>(happened);
        let after = count.assign_add(tf::reduce_sum(happened * counted(happened, options.weights), tf::ALL));
        (count.value(), after)
    })
}
