//! The logarithm of a sum of exponentials, composed of reductions so that nothing overflows.

use super::{
    AxesArgument, add, exp, is_finite, log, reduce_max_keep, reduce_sum, select, squeeze, stop_gradient, subtract,
    zeros_like,
};
use crate::{
    check::Cx,
    dtype::Float,
    graph::naming::enter_name_scope,
    tensor::{AsTensor, Tensor},
};

/// `ln Σ eˣ` over axes, without overflow; `-inf` of nothing. The axes are gone from the output's shape.
///
/// TensorFlow: `tf.reduce_logsumexp`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, constant, reduce_logsumexp};
/// let graph = Graph::new();
/// let y = graph.build(|| reduce_logsumexp(constant([[1000.0f64, 1000.0], [0.0, 0.0]]), 1))?;
/// assert_eq!(Session::new(&graph)?.run(y)?, ndarray::arr1(&[1000.0 + 2f64.ln(), 2f64.ln()]).into_dyn());
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn reduce_logsumexp<T: Float, A: AxesArgument>(x: impl AsTensor<T>, axes: A) -> Tensor<T> {
    let x = x.as_tensor();
    let _scope = enter_name_scope("ReduceLogSumExp");
    let largest = reduce_max_keep(x, axes);
    // What is taken off and added again has no slope of its own; an infinity would make both infinite.
    let taken = stop_gradient::<T>(select(is_finite::<T>(largest), largest, zeros_like(largest)));
    let sum = reduce_sum::<T, A>(exp(subtract::<T>(x, taken)), axes);
    add(log(sum), squeeze::<T, A>(taken, axes))
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct reduce_logsumexp<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> reduce_logsumexp<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    #[track_caller]
    pub const fn call<T: Float, A: AxesArgument>(self, x: impl AsTensor<T>, axes: A) -> Tensor<T> {
        let exponentials: Tensor<T> = exp::at(self.cx).call(x);
        log::at(self.cx).call(reduce_sum::at(self.cx).call(exponentials, axes))
    }
}
