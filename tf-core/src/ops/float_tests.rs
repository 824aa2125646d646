//! Questions about floats: is this NaN, an infinity, a number?

use super::per_element;
use crate::{
    dtype::{DType, Float},
    engine::run::Run,
    error::Result,
    shape::Shape,
    spec::SpecError,
    tensor::AsTensor,
    value::Value,
};
use tf_kernels::unary::{self, FloatTest};

op! {
    /// Where `x` is not a number. TensorFlow: `tf.math.is_nan`.
    pub fn is_nan[T: Float](x: impl AsTensor<T>) -> bool;
    "IsNan": TestFloat(FloatTest::Nan), (x)
}

op! {
    /// Where `x` is an infinity. TensorFlow: `tf.math.is_inf`.
    pub fn is_inf[T: Float](x: impl AsTensor<T>) -> bool;
    "IsInf": TestFloat(FloatTest::Inf), (x)
}

op! {
    /// Where `x` is neither an infinity nor NaN. TensorFlow: `tf.math.is_finite`.
    pub fn is_finite[T: Float](x: impl AsTensor<T>) -> bool;
    "IsFinite": TestFloat(FloatTest::Finite), (x)
}

/// A question about each element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TestFloat(FloatTest);

impl TestFloat {
    pub(super) const fn type_name(&self) -> &'static str {
        match self.0 {
            FloatTest::Nan => "IsNan",
            FloatTest::Inf => "IsInf",
            FloatTest::Finite => "IsFinite",
        }
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[0])
    }

    pub(crate) const fn flops(&self, _: &[Shape], output: &Shape) -> u64 {
        per_element(output)
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        run.make(|out, _| match run.input(0).dtype() {
            DType::F64 => unary::test_f64(self.0, run.slice(0), out),
            _ => unary::test_f32(self.0, run.slice(0), out),
        })
    }
}
