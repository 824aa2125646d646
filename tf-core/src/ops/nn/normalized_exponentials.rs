//! Softmax and its logarithm, over the last axis.

use crate::{
    differentiation::{backward::Backward, term::Term},
    dtype::Float,
    engine::run::Run,
    error::Result,
    ops::{axes::Axes, rules::need_rank_of_at_least, times},
    shape::Shape,
    spec::SpecError,
    tensor::AsTensor,
    value::Value,
};
use tf_kernels::{
    softmax::{log_softmax_f32, log_softmax_f64, softmax_f32, softmax_f64},
    unary::UnaryOp,
};

op! {
    /// `eˣ / Σ eˣ` over the last axis, without overflow: what adds up to 1.
    ///
    /// TensorFlow: `tf.nn.softmax`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, constant, nn};
    /// let graph = Graph::new();
    /// let y = graph.build(|| nn::softmax(constant([[3.0f32, 3.0], [1000.0, 0.0]])))?;
    /// assert_eq!(Session::new(&graph)?.run(y)?, ndarray::arr2(&[[0.5, 0.5], [1.0, 0.0]]).into_dyn());
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn softmax[T: Float](x: impl AsTensor<T>) -> T;
    "Softmax": Softmax { logarithm: false }, (x)
}

op! {
    /// The logarithm of [`softmax`](fn@softmax), exact also where that is next to 0.
    ///
    /// TensorFlow: `tf.nn.log_softmax`.
    pub fn log_softmax[T: Float](x: impl AsTensor<T>) -> T;
    "LogSoftmax": Softmax { logarithm: true }, (x)
}

/// Normalized exponentials.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Softmax {
    /// Whether their logarithms are taken.
    pub logarithm: bool,
}

impl Softmax {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        if self.logarithm { "LogSoftmax" } else { "Softmax" }
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let function = if self.logarithm { "log_softmax" } else { "softmax" };
        match need_rank_of_at_least(function, 0, &inputs[0], 1) {
            Ok(()) => Ok(inputs[0]),
            Err(error) => Err(error),
        }
    }

    /// For each element the largest, the difference, the exponential, the sum and the quotient.
    pub(crate) const fn flops(&self, _: &[Shape], output: &Shape) -> u64 {
        times(5, output)
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let classes = run.shape().last().copied().expect("the rule demands a dimension");
        if self.logarithm {
            kernel!(run, [F32 f32 = log_softmax_f32, F64 f64 = log_softmax_f64], kernel => |out, _| kernel(run.slice(0), classes, out))
        } else {
            kernel!(run, [F32 f32 = softmax_f32, F64 f64 = softmax_f64], kernel => |out, _| kernel(run.slice(0), classes, out))
        }
    }

    pub(in crate::ops) fn gradient(&self, back: &mut Backward<'_>) {
        let (y, slope) = (back.output(0), back.slope());
        let over_classes = |x: Term| x.sum(Axes::of(-1), true);
        back.give(0, || {
            if self.logarithm {
                slope - y.apply(UnaryOp::Exp) * over_classes(slope)
            } else {
                (slope - over_classes(slope * y)) * y
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn there_must_be_an_axis_to_normalize_over() {
        let op = Softmax { logarithm: true };
        assert_eq!(op.rule(&[Shape::of(&[ANY, 10])]).unwrap(), Shape::of(&[ANY, 10]));
        assert_eq!(op.rule(&[Shape::SCALAR]).unwrap_err().rule.code, "E-RANK-LEAST");
        assert_eq!(op.rule(&[Shape::UNKNOWN]).unwrap(), Shape::UNKNOWN);
    }
}
