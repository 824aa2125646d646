//! Where along an axis the largest or smallest element is.

use super::rules;
use crate::{
    check::UNKNOWN_FLOPS,
    dtype::{DType, Number},
    engine::run::Run,
    error::{Error, Result},
    shape::Shape,
    spec::{Rule, SpecError},
    tensor::AsTensor,
    value::Value,
};
use tf_kernels::arg_reduce::{self, ArgOp};

op! {
    /// The index of the largest element along an axis, the first of equals; NaN never is. The axis is gone from the output's shape.
    ///
    /// TensorFlow: `tf.argmax`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, argmax, constant};
    /// let graph = Graph::new();
    /// let classes = graph.build(|| argmax(constant([[0.1f32, 0.7, 0.2], [0.5, 0.3, 0.2]]), -1))?;
    /// assert_eq!(Session::new(&graph)?.run(classes)?, ndarray::arr1(&[1, 0]).into_dyn());
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn argmax[T: Number](x: impl AsTensor<T>, axis: i32) -> i64;
    "ArgMax": Extreme { of: ArgOp::Max, axis }, (x)
}

op! {
    /// The index of the smallest element along an axis, the first of equals; NaN never is. The axis is gone from the output's shape.
    ///
    /// TensorFlow: `tf.argmin`.
    pub fn argmin[T: Number](x: impl AsTensor<T>, axis: i32) -> i64;
    "ArgMin": Extreme { of: ArgOp::Min, axis }, (x)
}

/// The place of an extreme along an axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extreme {
    of: ArgOp,
    axis: i32,
}

static EMPTY: Rule = Rule {
    code: "E-ARG-EMPTY",
    says: "axis {x} is empty: it has no largest or smallest element",
    left: "input",
    right: "",
    help: "look at where the empty dimension comes from",
};

impl Extreme {
    const fn function(self) -> &'static str {
        match self.of {
            ArgOp::Max => "argmax",
            ArgOp::Min => "argmin",
        }
    }

    pub(super) const fn type_name(&self) -> &'static str {
        match self.of {
            ArgOp::Max => "ArgMax",
            ArgOp::Min => "ArgMin",
        }
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let input = inputs[0];
        if !input.has_rank() {
            return Ok(Shape::UNKNOWN);
        }
        let axis = match rules::axis(self.function(), &input, self.axis) {
            Ok(axis) => axis,
            Err(error) => return Err(error),
        };
        if input.d(axis) == 0 {
            return Err(SpecError::new(self.function(), &EMPTY).shapes(input, Shape::UNKNOWN).numbers(axis as i64, 0));
        }
        let mut output = Shape::SCALAR;
        let mut i = 0;
        while i < input.rank() {
            if i != axis {
                output = output.push(input.d(i));
            }
            i += 1;
        }
        Ok(output)
    }

    /// One comparison for each element of the input.
    pub(crate) const fn flops(&self, inputs: &[Shape], _: &Shape) -> u64 {
        match inputs[0].elements() {
            Some(n) => n as u64,
            None => UNKNOWN_FLOPS,
        }
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let shape = run.input(0).shape();
        let axis = rules::axis(self.function(), &Shape::of(shape), self.axis)
            .map_err(|error| Error::from_spec(&error, &[]))?;
        macro_rules! by_type {
            ($($dtype:ident = $f:ident),*) => {
                match run.input(0).dtype() {
                    $(DType::$dtype => run.make(|out, _| arg_reduce::$f(self.of, run.slice(0), shape, axis, out)),)*
                    other => unreachable!("the function's bound keeps {other} out"),
                }
            };
        }
        by_type!(F16 = arg_f16, BF16 = arg_bf16, F32 = arg_f32, F64 = arg_f64, I32 = arg_i32, I64 = arg_i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn the_axis_is_gone_and_must_have_elements() {
        let of = |input: &[usize], axis: i32| {
            Extreme { of: ArgOp::Max, axis }.rule(&[Shape::of(input)]).map_err(|e| e.rule.code)
        };
        assert_eq!(of(&[ANY, 10], -1), Ok(Shape::of(&[ANY])));
        assert_eq!(of(&[4, 10], 0), Ok(Shape::of(&[10])));
        assert_eq!(of(&[4], 1), Err("E-AXIS"));
        assert_eq!(of(&[4, 0], 1), Err("E-ARG-EMPTY"));
        assert_eq!(of(&[0, 4], 1), Ok(Shape::of(&[0])));
    }
}
