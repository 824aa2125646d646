//! And, or, exclusive or, not of truth values.

use super::{per_element, rules};
use crate::{
    engine::run::Run,
    error::Result,
    graph::node::apply,
    shape::Shape,
    spec::SpecError,
    tensor::{AsTensor, Tensor, Variable},
    value::Value,
};
use tf_kernels::compare::{LogicalOp, logical, logical_not as invert};

macro_rules! connectives {
    ($($(#[$m:meta])* $name:ident $label:literal = $op:ident;)*) => { $(
        op! {
            $(#[$m])*
            ///
            /// Shapes broadcast.
            pub fn $name[](a: impl AsTensor<bool>, b: impl AsTensor<bool>) -> bool;
            $label: Logical(LogicalOp::$op), (a, b)
        }
    )* };
}

connectives! {
    /// Where both are true. TensorFlow: `tf.logical_and`.
    logical_and "LogicalAnd" = And;
    /// Where at least one is true. TensorFlow: `tf.logical_or`.
    logical_or "LogicalOr" = Or;
    /// Where exactly one is true. TensorFlow: `tf.math.logical_xor`.
    logical_xor "LogicalXor" = Xor;
}

/// A logical op of two inputs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Logical(LogicalOp);

impl Logical {
    pub(super) const AND: Logical = Logical(LogicalOp::And);

    pub(super) const fn type_name(&self) -> &'static str {
        match self.0 {
            LogicalOp::And => "LogicalAnd",
            LogicalOp::Or => "LogicalOr",
            LogicalOp::Xor => "LogicalXor",
        }
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let function = match self.0 {
            LogicalOp::And => "logical_and",
            LogicalOp::Or => "logical_or",
            LogicalOp::Xor => "logical_xor",
        };
        rules::broadcast(function, &inputs[0], &inputs[1])
    }

    pub(crate) const fn flops(&self, _: &[Shape], output: &Shape) -> u64 {
        per_element(output)
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let (a, b) = (run.input(0).shape(), run.input(1).shape());
        run.make(|out, shape| logical(self.0, run.slice(0), a, run.slice(1), b, out, shape))
    }
}

op! {
    /// Where `x` is false. The operator `!x` is the same. TensorFlow: `tf.logical_not`.
    pub fn logical_not[](x: impl AsTensor<bool>) -> bool;
    "LogicalNot": LogicalNot, (x)
}

/// The opposite of each truth value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogicalNot;

impl LogicalNot {
    pub(super) const fn type_name(&self) -> &'static str {
        "LogicalNot"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[0])
    }

    pub(crate) const fn flops(&self, _: &[Shape], output: &Shape) -> u64 {
        per_element(output)
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        run.make(|out, _| invert(run.slice(0), out))
    }
}

macro_rules! not {
    ($($t:ty),*) => { $(
        impl std::ops::Not for $t {
            type Output = Tensor<bool>;
            #[track_caller]
            fn not(self) -> Tensor<bool> {
                apply("LogicalNot", LogicalNot.into(), &[AsTensor::<bool>::as_tensor(self).into()], |shapes| {
                    LogicalNot.rule(shapes)
                })
            }
        }
    )* };
}
not!(Tensor<bool>, &Tensor<bool>, Variable<bool>, &Variable<bool>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_broadcast_or_are_refused() {
        let of = |a: &[usize], b: &[usize]| {
            Logical(LogicalOp::Xor).rule(&[Shape::of(a), Shape::of(b)]).map_err(|e| (e.op, e.rule.code))
        };
        assert_eq!(of(&[2, 1], &[3]), Ok(Shape::of(&[2, 3])));
        assert_eq!(of(&[2], &[3]), Err(("logical_xor", "E-BROADCAST")));
    }
}
