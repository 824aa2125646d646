//! Mean and variance at once, composed of reductions.

use crate::{
    check::Cx,
    dtype::Float,
    ops::{AxesArgument, reduce_mean, reduce_mean_keep, squared_difference, squeeze},
    tensor::{AsTensor, Tensor},
};

/// The mean and the variance over axes, which are gone from the outputs' shapes.
///
/// TensorFlow: `tf.nn.moments`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, constant, nn};
/// let graph = Graph::new();
/// let moments = graph.build(|| nn::moments(constant([[1.0f32, 4.0], [3.0, 4.0]]), 0))?;
/// let (mean, variance) = Session::new(&graph)?.run(moments)?;
/// assert_eq!((mean, variance), (ndarray::arr1(&[2.0, 4.0]).into_dyn(), ndarray::arr1(&[1.0, 0.0]).into_dyn()));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn moments<T: Float, A: AxesArgument>(x: impl AsTensor<T>, axes: A) -> (Tensor<T>, Tensor<T>) {
    let x = x.as_tensor();
    let mean = reduce_mean_keep(x, axes);
    let variance = reduce_mean(squared_difference(x, mean), axes);
    (squeeze(mean, axes), variance)
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct moments<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> moments<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    #[track_caller]
    pub const fn call<T: Float, A: AxesArgument>(self, x: impl AsTensor<T>, axes: A) -> (Tensor<T>, Tensor<T>) {
        let mean: Tensor<T> = reduce_mean_keep::at(self.cx).call(x, axes);
        let squares: Tensor<T> = squared_difference::at(self.cx).call(x, mean);
        (squeeze::at(self.cx).call(mean, axes), reduce_mean::at(self.cx).call(squares, axes))
    }
}

/// [`moments`](fn@moments) that keep the axes as dimensions of 1. TensorFlow: `keepdims=True`.
#[track_caller]
pub fn moments_keep<T: Float, A: AxesArgument>(x: impl AsTensor<T>, axes: A) -> (Tensor<T>, Tensor<T>) {
    let x = x.as_tensor();
    let mean = reduce_mean_keep(x, axes);
    (mean, reduce_mean_keep(squared_difference(x, mean), axes))
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct moments_keep<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> moments_keep<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    #[track_caller]
    pub const fn call<T: Float, A: AxesArgument>(self, x: impl AsTensor<T>, axes: A) -> (Tensor<T>, Tensor<T>) {
        let mean: Tensor<T> = reduce_mean_keep::at(self.cx).call(x, axes);
        let squares: Tensor<T> = squared_difference::at(self.cx).call(x, mean);
        (mean, reduce_mean_keep::at(self.cx).call(squares, axes))
    }
}
