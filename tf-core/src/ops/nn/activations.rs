//! Activation functions, element by element.

use crate::{
    dtype::{Float, Number},
    ops::{Unary, mathematics::unary_functions},
    tensor::AsTensor,
};
use tf_kernels::unary::UnaryOp;

unary_functions! {
    /// `max(x, 0)`; integers too. TensorFlow: `tf.nn.relu`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, constant, nn};
    /// let graph = Graph::new();
    /// let y = graph.build(|| nn::relu(constant([-1.5f32, 2.0])))?;
    /// assert_eq!(Session::new(&graph)?.run(y)?, ndarray::arr1(&[0.0, 2.0]).into_dyn());
    /// # Ok::<(), tf::Error>(())
    /// ```
    relu[Number]() "Relu" = UnaryOp::Relu;
    /// `min(max(x, 0), 6)`; integers too. TensorFlow: `tf.nn.relu6`.
    relu6[Number]() "Relu6" = UnaryOp::Relu6;
    /// `x` where it is positive, `alpha · x` elsewhere; TensorFlow's own `alpha` is 0.2. TensorFlow: `tf.nn.leaky_relu`.
    leaky_relu[Float](alpha: f64) "LeakyRelu" = UnaryOp::LeakyRelu { alpha };
    /// `x` where it is positive, `eˣ - 1` elsewhere: <https://arxiv.org/abs/1511.07289>. TensorFlow: `tf.nn.elu`.
    elu[Float]() "Elu" = UnaryOp::Elu;
    /// The scaled [`elu`](fn@elu) that keeps mean 0 and variance 1: <https://arxiv.org/abs/1706.02515>. TensorFlow: `tf.nn.selu`.
    selu[Float]() "Selu" = UnaryOp::Selu;
    /// `x / (1 + |x|)`. TensorFlow: `tf.nn.softsign`.
    softsign[Float]() "Softsign" = UnaryOp::Softsign;
}
