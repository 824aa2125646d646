//! Means of values, of right answers, of squared errors.

use super::{
    options::Metric,
    totals::{counted, share, total},
};
use crate::{Element, Number, Tensor, control_dependencies, variable_scope};

/// The mean of all values so far, and the update that adds a batch. 0 before the first.
///
/// Variables: `total`, `count`. TensorFlow: `tf.metrics.mean`.
///
/// ```
/// use tf::{metrics::{Metric, mean}, prelude::*};
/// model! {
///     pub Watched(loss: f32[?]) -> f32[] {
///         let (_so_far, update) = mean(loss, Metric::new().name("loss"));
///         update
///     }
/// }
/// let watched = Watched::init(1)?;
/// watched.run(&ndarray::arr1(&[1.0, 2.0]))?;
/// assert_eq!(watched.run(&ndarray::arr1(&[6.0]))?, ndarray::arr0(3.0));
/// # Ok::<(), tf::Error>(())
/// ```
#[variable_scope]
#[track_caller]
pub fn mean<T: Number>(values: Tensor<T>, options: Metric) -> (Tensor<f32>, Tensor<f32>) {
    variable_scope!(options.scope("mean"), default_name = "mean", reuse = options.reuse, {
        running_mean(tf::cast::<f32, T>(values), options)
    })
}

/// The part of all predictions so far that are equal to their labels, and the update that adds a batch.
///
/// Variables: `total`, `count`. TensorFlow: `tf.metrics.accuracy`.
///
/// ```
/// use tf::{metrics::{Metric, accuracy}, prelude::*};
/// model! {
///     pub Right(labels: i32[?], predictions: i32[?]) -> f32[] { accuracy(labels, predictions, Metric::new()).1 }
/// }
/// let right = Right::init(1)?;
/// assert_eq!(right.run(&ndarray::arr1(&[1, 2]), &ndarray::arr1(&[1, 0]))?, ndarray::arr0(0.5));
/// # Ok::<(), tf::Error>(())
/// ```
#[variable_scope]
#[track_caller]
pub fn accuracy<T: Element>(labels: Tensor<T>, predictions: Tensor<T>, options: Metric) -> (Tensor<f32>, Tensor<f32>) {
    variable_scope!(options.scope("accuracy"), default_name = "accuracy", reuse = options.reuse, {
        running_mean(tf::cast::<f32, bool>(tf::equal(labels, predictions)), options)
    })
}

/// The mean of all squared differences so far, and the update that adds a batch.
///
/// Variables: `total`, `count`. TensorFlow: `tf.metrics.mean_squared_error`.
///
/// ```
/// use tf::{metrics::{Metric, mean_squared_error}, prelude::*};
/// model! {
///     pub Off(labels: f32[?], predictions: f32[?]) -> f32[] { mean_squared_error(labels, predictions, Metric::new()).1 }
/// }
/// let off = Off::init(1)?;
/// assert_eq!(off.run(&ndarray::arr1(&[1.0, 2.0]), &ndarray::arr1(&[1.0, 5.0]))?, ndarray::arr0(4.5));
/// # Ok::<(), tf::Error>(())
/// ```
#[variable_scope]
#[track_caller]
pub fn mean_squared_error<T: Number>(
    labels: Tensor<T>,
    predictions: Tensor<T>,
    options: Metric,
) -> (Tensor<f32>, Tensor<f32>) {
    variable_scope!(options.scope("mean_squared_error"), default_name = "mean_squared_error", reuse = options.reuse, {
        let errors = tf::squared_difference(tf::cast::<f32, T>(labels), tf::cast::<f32, T>(predictions));
        running_mean(errors, options)
    })
}

/// The two totals of a mean, in the scope that is open.
#[variable_scope]
#[track_caller]
fn running_mean(values: Tensor<f32>, options: Metric) -> (Tensor<f32>, Tensor<f32>) {
    let (sum, count) = (total("total"), total("count"));
    let weights = counted(values, options.weights);
    let sum_after = sum.assign_add(tf::reduce_sum(values * weights, tf::ALL));
    // A batch that fails is in neither total.
    let count_after = control_dependencies!([values.op()], { count.assign_add(tf::reduce_sum(weights, tf::ALL)) });
    (share(sum.value(), count.value()), share(sum_after, count_after))
}
