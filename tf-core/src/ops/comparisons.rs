//! `==`, `<`, … of two tensors, element by element, with broadcasting.

use super::{per_element, rules};
use crate::{
    dtype::{DType, Element},
    engine::run::Run,
    error::Result,
    shape::Shape,
    spec::SpecError,
    tensor::AsTensor,
    value::Value,
};
use std::cmp::Ordering;
use tf_kernels::compare::{self, CompareOp};

macro_rules! comparisons {
    ($($(#[$m:meta])* $name:ident $label:literal = $op:ident;)*) => { $(
        op! {
            $(#[$m])*
            ///
            /// Shapes broadcast. Of truth values `false` is the lesser; texts are ordered by their bytes; NaN is neither equal to
            /// anything nor before or after it.
            pub fn $name[T: Element](a: impl AsTensor<T>, b: impl AsTensor<T>) -> bool;
            $label: Compare(CompareOp::$op), (a, b)
        }
    )* };
}

comparisons! {
    /// Where `a == b`. TensorFlow: `tf.equal`.
    equal "Equal" = Equal;
    /// Where `a != b`. TensorFlow: `tf.not_equal`.
    not_equal "NotEqual" = NotEqual;
    /// Where `a < b`. TensorFlow: `tf.less`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, constant, less};
    /// let graph = Graph::new();
    /// let small = graph.build(|| less(constant([1.0f32, 5.0]), 3.0))?;
    /// assert_eq!(Session::new(&graph)?.run(small)?, ndarray::arr1(&[true, false]).into_dyn());
    /// # Ok::<(), tf::Error>(())
    /// ```
    less "Less" = Less;
    /// Where `a <= b`. TensorFlow: `tf.less_equal`.
    less_equal "LessEqual" = LessEqual;
    /// Where `a > b`. TensorFlow: `tf.greater`.
    greater "Greater" = Greater;
    /// Where `a >= b`. TensorFlow: `tf.greater_equal`.
    greater_equal "GreaterEqual" = GreaterEqual;
}

/// A comparison of two tensors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Compare(pub(super) CompareOp);

impl Compare {
    const fn function(self) -> &'static str {
        match self.0 {
            CompareOp::Equal => "equal",
            CompareOp::NotEqual => "not_equal",
            CompareOp::Less => "less",
            CompareOp::LessEqual => "less_equal",
            CompareOp::Greater => "greater",
            CompareOp::GreaterEqual => "greater_equal",
        }
    }

    pub(super) const fn type_name(&self) -> &'static str {
        match self.0 {
            CompareOp::Equal => "Equal",
            CompareOp::NotEqual => "NotEqual",
            CompareOp::Less => "Less",
            CompareOp::LessEqual => "LessEqual",
            CompareOp::Greater => "Greater",
            CompareOp::GreaterEqual => "GreaterEqual",
        }
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        rules::broadcast(self.function(), &inputs[0], &inputs[1])
    }

    pub(crate) const fn flops(&self, _: &[Shape], output: &Shape) -> u64 {
        per_element(output)
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let (a, b) = (run.input(0).shape(), run.input(1).shape());
        macro_rules! by_type {
            ($($dtype:ident = $f:ident;)*) => {
                match run.input(0).dtype() {
                    $(DType::$dtype => run.make(|out, shape| compare::$f(self.0, run.slice(0), a, run.slice(1), b, out, shape)),)*
                    DType::String => run.make(|out, shape| self.texts((run.slice(0), a), (run.slice(1), b), out, shape)),
                }
            };
        }
        by_type! {
            F16 = compare_f16; BF16 = compare_bf16; F32 = compare_f32; F64 = compare_f64;
            I8 = compare_i8; I16 = compare_i16; I32 = compare_i32; I64 = compare_i64;
            U8 = compare_u8; U16 = compare_u16; U32 = compare_u32; U64 = compare_u64; Bool = compare_bool;
        }
    }

    fn texts(
        self,
        (a, a_shape): (&[String], &[usize]),
        (b, b_shape): (&[String], &[usize]),
        out: &mut [bool],
        shape: &[usize],
    ) {
        for (i, out) in out.iter_mut().enumerate() {
            let order =
                a[rules::broadcast_position(i, shape, a_shape)].cmp(&b[rules::broadcast_position(i, shape, b_shape)]);
            *out = match self.0 {
                CompareOp::Equal => order == Ordering::Equal,
                CompareOp::NotEqual => order != Ordering::Equal,
                CompareOp::Less => order == Ordering::Less,
                CompareOp::LessEqual => order != Ordering::Greater,
                CompareOp::Greater => order == Ordering::Greater,
                CompareOp::GreaterEqual => order != Ordering::Less,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn shapes_broadcast_or_are_refused() {
        let of = |a: &[usize], b: &[usize]| {
            Compare(CompareOp::Less).rule(&[Shape::of(a), Shape::of(b)]).map_err(|e| (e.op, e.rule.code))
        };
        assert_eq!(of(&[ANY, 3], &[]), Ok(Shape::of(&[ANY, 3])));
        assert_eq!(of(&[2], &[3]), Err(("less", "E-BROADCAST")));
    }
}
