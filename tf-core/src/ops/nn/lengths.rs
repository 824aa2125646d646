//! How long vectors are: a loss of it, and vectors of length 1. Both are composed of other ops.

use crate::{
    check::Cx,
    dtype::Float,
    graph::naming::enter_name_scope,
    ops::{ALL, AxesArgument, maximum, multiply, reduce_sum, reduce_sum_keep, rsqrt, scalar, square},
    tensor::{AsTensor, Tensor},
};

/// `Σ x² / 2` over all elements, a scalar: what keeps weights small when it is a part of a loss.
///
/// TensorFlow: `tf.nn.l2_loss`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, constant, nn};
/// let graph = Graph::new();
/// let loss = graph.build(|| nn::l2_loss(constant([3.0f32, 4.0])))?;
/// assert_eq!(Session::new(&graph)?.run(loss)?[[]], 12.5);
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn l2_loss<T: Float>(x: impl AsTensor<T>) -> Tensor<T> {
    let _scope = enter_name_scope("L2Loss");
    multiply(reduce_sum(square(x.as_tensor()), ALL), scalar::<T>(0.5))
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct l2_loss<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> l2_loss<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    #[track_caller]
    pub const fn call<T: Float>(self, x: impl AsTensor<T>) -> Tensor<T> {
        let squares: Tensor<T> = square::at(self.cx).call(x);
        reduce_sum::at(self.cx).call(squares, ALL)
    }
}

/// What the square of a length is at least, before it is divided by; TensorFlow's.
const LEAST: f64 = 1e-12;

/// Vectors along some axes, each divided by its length, so that it is 1; one whose square is below 10⁻¹² is divided by 10⁻⁶.
///
/// TensorFlow: `tf.nn.l2_normalize`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, constant, nn};
/// let graph = Graph::new();
/// let y = graph.build(|| nn::l2_normalize(constant([[3.0f64, 4.0], [0.0, 0.0]]), 1))?;
/// let y = Session::new(&graph)?.run(y)?;
/// assert!((&y - &ndarray::arr2(&[[0.6, 0.8], [0.0, 0.0]])).iter().all(|apart| apart.abs() < 1e-12));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn l2_normalize<T: Float, A: AxesArgument>(x: impl AsTensor<T>, axes: A) -> Tensor<T> {
    let x = x.as_tensor();
    let _scope = enter_name_scope("l2_normalize");
    multiply(x, rsqrt(maximum(reduce_sum_keep(square(x), axes), scalar::<T>(LEAST))))
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct l2_normalize<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> l2_normalize<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    #[track_caller]
    pub const fn call<T: Float, A: AxesArgument>(self, x: impl AsTensor<T>, axes: A) -> Tensor<T> {
        let squares: Tensor<T> = square::at(self.cx).call(x);
        let lengths: Tensor<T> = rsqrt::at(self.cx).call(reduce_sum_keep::at(self.cx).call(squares, axes));
        multiply::at(self.cx).call(x, lengths)
    }
}
