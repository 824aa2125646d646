//! How far predictions are from classes.

use super::{Reduction, compute_weighted_loss, demands::Unlike};
use crate::{Index, prelude::*};

/// The mean cross entropy between rows of labels, distributions over classes, and the softmax of logits. TensorFlow:
/// `tf.losses.softmax_cross_entropy`.
#[variable_scope]
#[track_caller]
pub fn softmax_cross_entropy<T: Float>(onehot_labels: Tensor<T>, logits: Tensor<T>) -> Tensor<T> {
    softmax_cross_entropy_with(onehot_labels, logits, 0.0, tf::scalar::<T>(1.0), Reduction::SumByNonzeroWeights)
}

/// [`softmax_cross_entropy`] with weights, one for each row, and a reduction. `label_smoothing` moves labels towards equal ones:
/// at 0.1 a class keeps 0.9 and a tenth is shared by all.
#[variable_scope]
#[track_caller]
pub fn softmax_cross_entropy_with<T: Float>(
    onehot_labels: Tensor<T>,
    logits: Tensor<T>,
    label_smoothing: f64,
    weights: impl AsTensor<T>,
    reduction: Reduction,
) -> Tensor<T> {
    name_scope!("softmax_cross_entropy_loss", {
        let classes = tf::reduce_sum_keep(tf::ones_like(onehot_labels), -1);
        let share = tf::scalar::<T>(label_smoothing) / classes;
        let labels = onehot_labels * tf::scalar(1.0 - label_smoothing) + share;
        let losses = nn::softmax_cross_entropy_with_logits(tf::stop_gradient(labels), logits);
        compute_weighted_loss(losses, weights, reduction)
    })
}

/// The mean cross entropy between the numbers of classes and the softmax of logits. TensorFlow:
/// `tf.losses.sparse_softmax_cross_entropy`.
///
/// ```
/// use tf::{losses, prelude::*};
/// let graph = tf::Graph::new();
/// let loss = graph.build(|| {
///     losses::sparse_softmax_cross_entropy(tf::constant([1, 0]), tf::constant([[0.0f32, 0.0], [0.0, 0.0]]))
/// })?;
/// assert_eq!(tf::Session::new(&graph)?.run(loss)?[[]], 2.0f32.ln());
/// # Ok::<(), tf::Error>(())
/// ```
#[variable_scope]
#[track_caller]
pub fn sparse_softmax_cross_entropy<T: Float, I: Index>(labels: Tensor<I>, logits: Tensor<T>) -> Tensor<T> {
    sparse_softmax_cross_entropy_with(labels, logits, tf::scalar::<T>(1.0), Reduction::SumByNonzeroWeights)
}

/// [`sparse_softmax_cross_entropy`] with weights, one for each row, and a reduction.
#[variable_scope]
#[track_caller]
pub fn sparse_softmax_cross_entropy_with<T: Float, I: Index>(
    labels: Tensor<I>,
    logits: Tensor<T>,
    weights: impl AsTensor<T>,
    reduction: Reduction,
) -> Tensor<T> {
    name_scope!("sparse_softmax_cross_entropy_loss", {
        let losses = nn::sparse_softmax_cross_entropy_with_logits(labels, logits);
        compute_weighted_loss(losses, weights, reduction)
    })
}

/// The mean cross entropy of each logit by itself, for classes that do not exclude each other. TensorFlow:
/// `tf.losses.sigmoid_cross_entropy`.
#[variable_scope]
#[track_caller]
pub fn sigmoid_cross_entropy<T: Float>(multi_class_labels: Tensor<T>, logits: Tensor<T>) -> Tensor<T> {
    sigmoid_cross_entropy_with(multi_class_labels, logits, 0.0, tf::scalar::<T>(1.0), Reduction::SumByNonzeroWeights)
}

/// [`sigmoid_cross_entropy`] with weights and a reduction. `label_smoothing` moves labels towards a half.
#[variable_scope]
#[track_caller]
pub fn sigmoid_cross_entropy_with<T: Float>(
    multi_class_labels: Tensor<T>,
    logits: Tensor<T>,
    label_smoothing: f64,
    weights: impl AsTensor<T>,
    reduction: Reduction,
) -> Tensor<T> {
    name_scope!("sigmoid_cross_entropy_loss", {
        let labels = multi_class_labels * tf::scalar(1.0 - label_smoothing) + tf::scalar(label_smoothing * 0.5);
        let losses = nn::sigmoid_cross_entropy_with_logits(labels, logits);
        compute_weighted_loss(losses, weights, reduction)
    })
}

/// The mean hinge loss `max(0, 1 - label · logit)`, where labels 0 and 1 stand for -1 and 1. TensorFlow: `tf.losses.hinge_loss`.
#[variable_scope]
#[track_caller]
pub fn hinge_loss<T: Float>(labels: Tensor<T>, logits: Tensor<T>) -> Tensor<T> {
    hinge_loss_with(labels, logits, tf::scalar::<T>(1.0), Reduction::SumByNonzeroWeights)
}

/// [`hinge_loss`] with weights and a reduction.
#[variable_scope]
#[track_caller]
pub fn hinge_loss_with<T: Float>(
    labels: Tensor<T>,
    logits: Tensor<T>,
    weights: impl AsTensor<T>,
    reduction: Reduction,
) -> Tensor<T> {
    name_scope!("hinge_loss", {
        let signs =
            tf::demand_shape(labels, logits, Unlike::logits("hinge_loss")) * tf::scalar(2.0) - tf::ones_like(labels);
        let losses = tf::nn::relu(tf::ones_like(labels) - signs * logits);
        compute_weighted_loss(losses, weights, reduction)
    })
}

/// The mean log loss `-label ln(p + epsilon) - (1 - label) ln(1 - p + epsilon)` of probabilities `p`; TensorFlow's own `epsilon` is 1e-7.
///
/// Where there are logits, [`sigmoid_cross_entropy`] is exact. TensorFlow: `tf.losses.log_loss`.
#[variable_scope]
#[track_caller]
pub fn log_loss<T: Float>(labels: Tensor<T>, predictions: Tensor<T>, epsilon: f64) -> Tensor<T> {
    log_loss_with(labels, predictions, epsilon, tf::scalar::<T>(1.0), Reduction::SumByNonzeroWeights)
}

/// [`log_loss`] with weights and a reduction.
#[variable_scope]
#[track_caller]
pub fn log_loss_with<T: Float>(
    labels: Tensor<T>,
    predictions: Tensor<T>,
    epsilon: f64,
    weights: impl AsTensor<T>,
    reduction: Reduction,
) -> Tensor<T> {
    name_scope!("log_loss", {
        let labels = tf::demand_shape(labels, predictions, Unlike::predictions("log_loss"));
        let of_ones = labels * tf::log(predictions + tf::scalar(epsilon));
        let one = tf::scalar::<T>(1.0);
        let of_zeros = (one - labels) * tf::log(one - predictions + tf::scalar(epsilon));
        compute_weighted_loss(-of_ones - of_zeros, weights, reduction)
    })
}
