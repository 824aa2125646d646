//! Constraints: what brings a variable back within bounds after a step of training, as const-friendly values.

use crate::{
    check::in_both_worlds,
    dtype::{Float, Number},
    graph::with_current,
    mistake::Mistake,
    ops::{cast, divide, greater_equal, maximum, minimum, multiply, reduce_sum_keep, scalar, sqrt, square},
    spec::{Rule, Spec, SpecError},
    tensor::{AsTensor, Tensor},
    tensor_function::TensorFunction,
};
use core::panic::Location;

/// What an optimizer does to a variable after it has changed it; made by [`non_neg_constraint`] and its neighbours.
///
/// It is kept with the variable ([`Variable::constraint`](crate::Variable::constraint)), and changes nothing by itself.
#[derive(Clone, Copy, Debug)]
pub enum Constraint {
    /// What is below zero becomes zero.
    NonNegative,
    /// Vectors along an axis are made shorter where they are longer than `max`.
    MaxNorm {
        /// The greatest length.
        max: f64,
        /// The axis.
        axis: i32,
    },
    /// Vectors along an axis get the length 1.
    UnitNorm {
        /// The axis.
        axis: i32,
    },
    /// The length of vectors along an axis is brought toward a range.
    MinMaxNorm {
        /// The least length.
        min: f64,
        /// The greatest length.
        max: f64,
        /// How far it is brought there: 1 for all the way.
        rate: f64,
        /// The axis.
        axis: i32,
    },
    /// What a function makes of the value.
    Function(TensorFunction),
}

in_both_worlds! {
    /// What is below zero becomes zero. TensorFlow: `tf.keras.constraints.non_neg`.
    pub fn non_neg_constraint() -> Constraint { Constraint::NonNegative }
    /// Vectors along an axis are at most `max` long. TensorFlow: `tf.keras.constraints.max_norm`.
    pub fn max_norm_constraint(max: f64, axis: i32) -> Constraint { Constraint::MaxNorm { max, axis } }
    /// Vectors along an axis are 1 long. TensorFlow: `tf.keras.constraints.unit_norm`.
    pub fn unit_norm_constraint(axis: i32) -> Constraint { Constraint::UnitNorm { axis } }
    /// Vectors along an axis are brought to a length between `min` and `max`, by `rate` of the way there.
    /// TensorFlow: `tf.keras.constraints.min_max_norm`.
    pub fn min_max_norm_constraint(min: f64, max: f64, rate: f64, axis: i32) -> Constraint {
        Constraint::MinMaxNorm { min, max, rate, axis }
    }
}

static NOT_FLOATS: Rule = Rule {
    code: "E-CONSTRAINT-DTYPE",
    says: "a constraint changes real numbers, and the variable holds none",
    left: "",
    right: "",
    help: "leave it out, or make the variable f32",
};
static OTHER_FLOATS: Rule = Rule {
    code: "E-CONSTRAINT-DTYPE",
    says: "the constraint is a function of another element type than the variable's",
    left: "",
    right: "",
    help: "write the function for tensors of the variable's type",
};
static AXIS: Rule = Rule {
    code: "E-CONSTRAINT-AXIS",
    says: "the constraint is about vectors along axis {x}, and the variable has {y} dimensions",
    left: "variable",
    right: "",
    help: "axes count from 0, or from -1 for the last one on",
};

static BOUNDS: Rule = Rule {
    code: "E-CONSTRAINT-BOUNDS",
    says: "the lengths that the constraint allows are none: it has a bound below zero, a least one above the greatest, or a rate that is not from 0 to 1",
    left: "",
    right: "",
    help: "give lengths of 0.0 or more, the least first, and a rate of 1.0 for all the way",
};

/// What Keras adds to a length before it divides by it.
const EPSILON: f64 = 1e-7;

impl Constraint {
    /// A function that yields the value which an optimizer then gives the variable.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Constraint, Tensor, minimum, scalar};
    /// fn at_most_one(w: Tensor<f32>) -> Tensor<f32> {
    ///     minimum(w, scalar(1.0))
    /// }
    /// let constraint = Constraint::function(at_most_one);
    /// # let _ = constraint;
    /// ```
    pub const fn function<T: Float>(function: fn(Tensor<T>) -> Tensor<T>) -> Constraint {
        Constraint::Function(TensorFunction::new(function))
    }

    /// What becomes of a value, as ops of the graph being built. A value of another type than a function is written for is a mistake.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, constant, non_neg_constraint};
    /// let graph = Graph::new();
    /// let kept = graph.build(|| non_neg_constraint().apply::<f32>(constant([-1.0, 2.0])))?;
    /// assert_eq!(Session::new(&graph)?.run(kept)?.as_slice(), Some(&[0.0, 2.0][..]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    #[track_caller]
    pub fn apply<T: Float>(&self, value: impl AsTensor<T>) -> Tensor<T> {
        let value = value.as_tensor();
        match *self {
            Constraint::NonNegative => multiply(value, cast::<T, bool>(greater_equal(value, scalar::<T>(0.0)))),
            Constraint::MaxNorm { max, axis } => {
                let norms = norms(value, axis);
                scaled(value, clipped(norms, 0.0, max), norms)
            }
            Constraint::UnitNorm { axis } => divide(value, norms(value, axis) + scalar::<T>(EPSILON)),
            Constraint::MinMaxNorm { min, max, rate, axis } => {
                let norms = norms(value, axis);
                let there = multiply(scalar::<T>(rate), clipped(norms, min, max));
                let wanted = there + multiply(scalar::<T>(1.0 - rate), norms);
                scaled(value, wanted, norms)
            }
            Constraint::Function(function) => function.call(value).unwrap_or_else(|| {
                let at = Location::caller();
                // With no graph the value itself carries the mistake.
                let _ = with_current("constraint", |state| state.record(&Mistake::Spec(of_other_floats()), at));
                value
            }),
        }
    }

    /// Whether a variable of this spec can have it.
    pub(crate) const fn fits(&self, spec: &Spec) -> Result<(), SpecError> {
        let axis = match *self {
            Constraint::Function(function) if spec.dtype.is_float() && !function.dtype().is(spec.dtype) => {
                return Err(of_other_floats());
            }
            Constraint::NonNegative | Constraint::Function(_) => None,
            Constraint::MaxNorm { axis, .. } | Constraint::UnitNorm { axis } | Constraint::MinMaxNorm { axis, .. } => {
                Some(axis as i64)
            }
        };
        if !spec.dtype.is_float() {
            return Err(SpecError::new("get_variable", &NOT_FLOATS));
        }
        let bounded = match *self {
            Constraint::MaxNorm { max, .. } => max >= 0.0,
            Constraint::MinMaxNorm { min, max, rate, .. } => 0.0 <= min && min <= max && 0.0 <= rate && rate <= 1.0,
            _ => true,
        };
        if !bounded {
            return Err(SpecError::new("get_variable", &BOUNDS));
        }
        let rank = spec.shape.rank() as i64;
        match axis {
            Some(axis) if spec.shape.has_rank() && (axis >= rank || axis < -rank) => {
                Err(SpecError::new("get_variable", &AXIS).shapes(spec.shape, spec.shape).numbers(axis, rank))
            }
            _ => Ok(()),
        }
    }

    /// Whether both do the same; two functions count as the same, since const evaluation cannot compare them.
    pub(crate) const fn same(&self, other: &Constraint) -> bool {
        match (self, other) {
            (Constraint::NonNegative, Constraint::NonNegative) | (Constraint::Function(_), Constraint::Function(_)) => {
                true
            }
            (Constraint::MaxNorm { max: a, axis: i }, Constraint::MaxNorm { max: b, axis: j }) => *a == *b && *i == *j,
            (Constraint::UnitNorm { axis: i }, Constraint::UnitNorm { axis: j }) => *i == *j,
            (
                Constraint::MinMaxNorm { min: a, max: b, rate: c, axis: i },
                Constraint::MinMaxNorm { min: d, max: e, rate: f, axis: j },
            ) => *a == *d && *b == *e && *c == *f && *i == *j,
            _ => false,
        }
    }
}

const fn of_other_floats() -> SpecError {
    SpecError::new("get_variable", &OTHER_FLOATS)
}

/// The lengths of the vectors along an axis, which stays as a dimension of 1.
#[track_caller]
fn norms<T: Float>(value: Tensor<T>, axis: i32) -> Tensor<T> {
    sqrt(reduce_sum_keep(square(value), axis))
}

#[track_caller]
fn clipped<T: Number>(norms: Tensor<T>, least: f64, most: f64) -> Tensor<T> {
    maximum(minimum(norms, scalar::<T>(most)), scalar::<T>(least))
}

/// The value with vectors of the length that is wanted.
#[track_caller]
fn scaled<T: Float>(value: Tensor<T>, wanted: Tensor<T>, norms: Tensor<T>) -> Tensor<T> {
    multiply(value, divide(wanted, norms + scalar::<T>(EPSILON)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DType, Shape};

    #[test]
    fn a_constraint_fits_real_numbers_along_an_axis_that_is_there() {
        let code = |constraint: Constraint, dtype| {
            constraint.fits(&Spec::new(dtype, Shape::of(&[2, 3]))).map_err(|error| error.rule.code)
        };
        assert_eq!(code(max_norm_constraint(2.0, -2), DType::F32), Ok(()));
        assert_eq!(code(unit_norm_constraint(2), DType::F32), Err("E-CONSTRAINT-AXIS"));
        assert_eq!(code(min_max_norm_constraint(0.0, 1.0, 1.0, -3), DType::F64), Err("E-CONSTRAINT-AXIS"));
        assert_eq!(code(non_neg_constraint(), DType::I32), Err("E-CONSTRAINT-DTYPE"));
        assert_eq!(code(Constraint::function::<f64>(|w| w), DType::F32), Err("E-CONSTRAINT-DTYPE"));
    }
}
