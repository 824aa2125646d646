//! How far predictions are from numbers.

use super::{Reduction, compute_weighted_loss, demands::Unlike};
use crate::prelude::*;

/// The mean of `|prediction - label|`. TensorFlow: `tf.losses.absolute_difference`.
#[variable_scope]
#[track_caller]
pub fn absolute_difference<T: Float>(labels: Tensor<T>, predictions: Tensor<T>) -> Tensor<T> {
    absolute_difference_with(labels, predictions, tf::scalar::<T>(1.0), Reduction::SumByNonzeroWeights)
}

/// [`absolute_difference`] with weights and a reduction.
#[variable_scope]
#[track_caller]
pub fn absolute_difference_with<T: Float>(
    labels: Tensor<T>,
    predictions: Tensor<T>,
    weights: impl AsTensor<T>,
    reduction: Reduction,
) -> Tensor<T> {
    name_scope!("absolute_difference", {
        let losses =
            tf::abs(predictions - tf::demand_shape(labels, predictions, Unlike::predictions("absolute_difference")));
        compute_weighted_loss(losses, weights, reduction)
    })
}

/// The mean of `(prediction - label)²`. TensorFlow: `tf.losses.mean_squared_error`.
#[variable_scope]
#[track_caller]
pub fn mean_squared_error<T: Float>(labels: Tensor<T>, predictions: Tensor<T>) -> Tensor<T> {
    mean_squared_error_with(labels, predictions, tf::scalar::<T>(1.0), Reduction::SumByNonzeroWeights)
}

/// [`mean_squared_error`] with weights and a reduction.
#[variable_scope]
#[track_caller]
pub fn mean_squared_error_with<T: Float>(
    labels: Tensor<T>,
    predictions: Tensor<T>,
    weights: impl AsTensor<T>,
    reduction: Reduction,
) -> Tensor<T> {
    name_scope!("mean_squared_error", {
        let losses = tf::squared_difference(
            predictions,
            tf::demand_shape(labels, predictions, Unlike::predictions("mean_squared_error")),
        );
        compute_weighted_loss(losses, weights, reduction)
    })
}

/// The mean of the Huber loss: half the square of a difference up to `delta`, beyond that `delta` times what is more than half of it.
///
/// Outliers pull no harder than `delta`; TensorFlow's own is 1. TensorFlow: `tf.losses.huber_loss`.
#[variable_scope]
#[track_caller]
pub fn huber_loss<T: Float>(labels: Tensor<T>, predictions: Tensor<T>, delta: f64) -> Tensor<T> {
    huber_loss_with(labels, predictions, delta, tf::scalar::<T>(1.0), Reduction::SumByNonzeroWeights)
}

/// [`huber_loss`] with weights and a reduction.
#[variable_scope]
#[track_caller]
pub fn huber_loss_with<T: Float>(
    labels: Tensor<T>,
    predictions: Tensor<T>,
    delta: f64,
    weights: impl AsTensor<T>,
    reduction: Reduction,
) -> Tensor<T> {
    name_scope!("huber_loss", {
        let difference =
            tf::abs(predictions - tf::demand_shape(labels, predictions, Unlike::predictions("huber_loss")));
        let quadratic = tf::minimum(difference, tf::scalar(delta));
        // Beyond `delta`; not `maximum`, whose slope at `delta` itself would count twice.
        let linear = difference - quadratic;
        let losses = quadratic * quadratic * tf::scalar(0.5) + linear * tf::scalar(delta);
        compute_weighted_loss(losses, weights, reduction)
    })
}

/// The mean of `1 - Σ label · prediction` along `axis`: of vectors of length 1, how far apart their directions are. The losses keep the
/// axis as a dimension of 1. TensorFlow: `tf.losses.cosine_distance`.
#[variable_scope]
#[track_caller]
pub fn cosine_distance<T: Float>(labels: Tensor<T>, predictions: Tensor<T>, axis: i32) -> Tensor<T> {
    cosine_distance_with(labels, predictions, axis, tf::scalar::<T>(1.0), Reduction::SumByNonzeroWeights)
}

/// [`cosine_distance`] with weights and a reduction.
#[variable_scope]
#[track_caller]
pub fn cosine_distance_with<T: Float>(
    labels: Tensor<T>,
    predictions: Tensor<T>,
    axis: i32,
    weights: impl AsTensor<T>,
    reduction: Reduction,
) -> Tensor<T> {
    name_scope!("cosine_distance_loss", {
        let products = predictions * tf::demand_shape(labels, predictions, Unlike::predictions("cosine_distance"));
        let losses = tf::scalar(1.0) - tf::reduce_sum_keep(products, axis);
        compute_weighted_loss(losses, weights, reduction)
    })
}

/// The mean contrastive loss of pairs of embeddings `[n, size]` (Hadsell et al. 2006): the square of their distance where they are
/// `alike` (1), where they are not (0) the square of what is missing to a distance of `margin`.
///
/// TensorFlow: `tf.contrib.losses.metric_learning.contrastive_loss`.
#[variable_scope]
#[track_caller]
pub fn contrastive_loss<T: Float>(alike: Tensor<T>, a: Tensor<T>, b: Tensor<T>, margin: f64) -> Tensor<T> {
    contrastive_loss_with(alike, a, b, margin, tf::scalar::<T>(1.0), Reduction::SumByNonzeroWeights)
}

/// [`contrastive_loss`] with weights and a reduction.
#[variable_scope]
#[track_caller]
pub fn contrastive_loss_with<T: Float>(
    alike: Tensor<T>,
    a: Tensor<T>,
    b: Tensor<T>,
    margin: f64,
    weights: impl AsTensor<T>,
    reduction: Reduction,
) -> Tensor<T> {
    name_scope!("contrastive_loss", {
        let square = tf::reduce_sum(
            tf::squared_difference(a, tf::demand_shape(b, a, Unlike::embeddings("contrastive_loss"))),
            -1,
        );
        let alike = tf::demand_shape(alike, square, Unlike::pairs("contrastive_loss"));
        // Two equal embeddings have no direction to part in: the root's slope there would be infinite.
        let distance = tf::sqrt(tf::maximum(square, tf::scalar(1e-12)));
        let missing = tf::nn::relu(tf::scalar(margin) - distance);
        let losses = alike * square + (tf::scalar(1.0) - alike) * missing * missing;
        compute_weighted_loss(losses, weights, reduction)
    })
}
