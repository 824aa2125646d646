//! From the losses of single elements to one number.

use crate::prelude::*;

/// How the weighted losses of single elements become one. TensorFlow: `tf.losses.Reduction`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reduction {
    /// They stay as they are.
    None,
    /// Their sum.
    Sum,
    /// Their sum, divided by that of the weights.
    Mean,
    /// Their sum, divided by the number of elements.
    SumOverBatchSize,
    /// Their sum, divided by the number of elements whose weight is not 0: what the losses do unless told otherwise.
    SumByNonzeroWeights,
}

/// A quotient, 0 where nothing was counted.
#[variable_scope]
#[track_caller]
fn mean_of<T: Float>(sum: Tensor<T>, count: Tensor<T>) -> Tensor<T> {
    let none = tf::equal(count, tf::scalar(0.0));
    tf::select(none, tf::zeros_like(sum), sum / tf::select(none, tf::ones_like(count), count))
}

/// How many elements there are.
#[variable_scope]
fn count<T: Float>(x: Tensor<T>) -> Tensor<f64> {
    tf::reduce_prod(tf::cast::<f64, i32>(tf::shape_of(x)), tf::ALL)
}

/// The sum of `x` where it is broadcast over `whole`: each of its elements is there as often as any other.
#[variable_scope]
fn sum_over<T: Float>(x: Tensor<T>, whole: Tensor<T>) -> Tensor<T> {
    let times = count(whole) / tf::maximum(count(x), tf::scalar(1.0));
    tf::reduce_sum(x, tf::ALL) * tf::cast::<T, f64>(times)
}

/// The losses of single elements times their weights, reduced to one number, which is added to the collection `LOSSES`.
///
/// Weights broadcast against the losses: one for all, one for each row (`[n, 1]`), one for each element. TensorFlow:
/// `tf.losses.compute_weighted_loss`.
///
/// ```
/// use tf::{losses::{Reduction, compute_weighted_loss}, prelude::*};
/// let graph = tf::Graph::new();
/// let loss = graph.build(|| {
///     let losses = tf::constant([[1.0f32, 2.0], [3.0, 4.0]]);
///     compute_weighted_loss(losses, tf::constant([[0.0f32], [1.0]]), Reduction::SumByNonzeroWeights)
/// })?;
/// assert_eq!(tf::Session::new(&graph)?.run(loss)?[[]], 3.5);
/// # Ok::<(), tf::Error>(())
/// ```
#[variable_scope]
#[track_caller]
pub fn compute_weighted_loss<T: Float>(
    losses: Tensor<T>,
    weights: impl AsTensor<T>,
    reduction: Reduction,
) -> Tensor<T> {
    name_scope!("weighted_loss", {
        let weights = tf::identity::<T>(weights);
        let weighted = losses * weights;
        let loss = match reduction {
            Reduction::None => weighted,
            Reduction::Sum => tf::reduce_sum(weighted, tf::ALL),
            Reduction::Mean => mean_of(tf::reduce_sum(weighted, tf::ALL), sum_over(weights, weighted)),
            Reduction::SumOverBatchSize => {
                mean_of(tf::reduce_sum(weighted, tf::ALL), tf::cast::<T, f64>(count(losses)))
            }
            Reduction::SumByNonzeroWeights => {
                let counted = tf::cast::<T, bool>(tf::not_equal(weights, tf::scalar(0.0)));
                mean_of(tf::reduce_sum(weighted, tf::ALL), sum_over(counted, weighted))
            }
        };
        tf::add_to_collection(tf::collection::LOSSES, loss);
        loss
    })
}
