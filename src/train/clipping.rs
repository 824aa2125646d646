//! Keeping values and gradients small.

use crate::prelude::*;

/// Each element, at least `min` and at most `max`. TensorFlow: `tf.clip_by_value`.
///
/// ```
/// use tf::prelude::*;
/// let graph = tf::Graph::new();
/// let y = graph.build(|| tf::train::clip_by_value(tf::constant([-3.0f32, 0.5, 3.0]), -1.0, 1.0))?;
/// assert_eq!(tf::Session::new(&graph)?.run(y)?.as_slice(), Some(&[-1.0, 0.5, 1.0][..]));
/// # Ok::<(), tf::Error>(())
/// ```
#[variable_scope]
#[track_caller]
pub fn clip_by_value<T: Number>(x: Tensor<T>, min: impl AsTensor<T>, max: impl AsTensor<T>) -> Tensor<T> {
    name_scope!("clip_by_value", { tf::maximum(tf::minimum(x, max), min) })
}

/// `x`, scaled to the Euclidean norm `norm` if its own is greater. TensorFlow: `tf.clip_by_norm`.
#[variable_scope]
#[track_caller]
pub fn clip_by_norm(x: Tensor<f32>, norm: f32) -> Tensor<f32> {
    name_scope!("clip_by_norm", {
        let length = tf::sqrt(tf::reduce_sum(tf::square(x), tf::ALL));
        x * norm / tf::maximum(length, norm)
    })
}

/// `x`, scaled to the norm `norm` for each element if its own, divided by the number of elements, is greater.
///
/// TensorFlow: `tf.clip_by_average_norm`.
#[variable_scope]
#[track_caller]
pub fn clip_by_average_norm(x: Tensor<f32>, norm: f32) -> Tensor<f32> {
    name_scope!("clip_by_average_norm", {
        let elements = tf::reduce_sum(tf::ones_like(x), tf::ALL);
        let length = tf::sqrt(tf::reduce_sum(tf::square(x), tf::ALL)) / elements;
        x * norm / tf::maximum(length, norm)
    })
}

/// The Euclidean norm of several tensors as one vector. TensorFlow: `tf.global_norm`.
#[variable_scope]
#[track_caller]
pub fn global_norm<const N: usize>(tensors: [Tensor<f32>; N]) -> Tensor<f32> {
    name_scope!("global_norm", {
        let mut sum: Tensor<f32> = tf::scalar(0.0);
        for tensor in tensors {
            sum += tf::reduce_sum(tf::square(tensor), tf::ALL);
        }
        tf::sqrt(sum)
    })
}

/// Several tensors, all scaled by one factor to the [`global_norm`] `norm` if their own is greater; and the norm that they had
/// (Pascanu et al. 2013). TensorFlow: `tf.clip_by_global_norm`.
///
/// A norm that is not finite makes every result NaN, so that it does not pass unseen.
#[variable_scope]
#[track_caller]
pub fn clip_by_global_norm<const N: usize>(tensors: [Tensor<f32>; N], norm: f32) -> ([Tensor<f32>; N], Tensor<f32>) {
    name_scope!("clip_by_global_norm", {
        let found = global_norm(tensors);
        // The last product is 0, or NaN where the norm is not finite.
        let scale = tf::minimum(tf::divide(norm, found), 1.0) + found * 0.0;
        let mut clipped = tensors;
        for (i, tensor) in tensors.iter().enumerate() {
            clipped[i] = *tensor * scale;
        }
        (clipped, found)
    })
}
