//! `+ - * / %` and their functions: elementwise, with broadcasting.

use super::{per_element, rules};
use crate::{
    differentiation::backward::Backward,
    dtype::{Float, Number},
    engine::run::Run,
    error::Result,
    graph::node::apply,
    shape::Shape,
    spec::SpecError,
    tensor::{AsTensor, Tensor, Variable},
    value::Value,
};
use tf_kernels::{
    compare::CompareOp,
    elementwise::{self, BinaryOp},
    unary::UnaryOp,
};

macro_rules! binary_functions {
    ($($(#[$m:meta])* $name:ident[$bound:ident] $label:literal = $op:ident;)*) => { $(
        op! {
            $(#[$m])*
            ///
            /// Shapes broadcast. Integers wrap around; dividing them by zero is an error when the graph runs.
            pub fn $name[T: $bound](a: impl AsTensor<T>, b: impl AsTensor<T>) -> T;
            $label: Arithmetic::$op, (a, b)
        }
    )* };
}

binary_functions! {
    /// `a + b`. TensorFlow: `tf.add`.
    add[Number] "Add" = Add;
    /// `a - b`. TensorFlow: `tf.subtract`.
    subtract[Number] "Sub" = Sub;
    /// `a * b`, element by element. TensorFlow: `tf.multiply`.
    multiply[Number] "Mul" = Mul;
    /// `a / b`; integers are truncated toward zero, as in Rust. TensorFlow: `tf.truncatediv`, for floats `tf.realdiv`.
    divide[Number] "truediv" = Div;
    /// `a / b` rounded down. TensorFlow: `tf.floordiv`.
    floordiv[Number] "floordiv" = FloorDiv;
    /// The remainder with the sign of `b`. TensorFlow: `tf.floormod`.
    floormod[Number] "FloorMod" = FloorMod;
    /// The larger of both; NaN if one is. TensorFlow: `tf.maximum`.
    maximum[Number] "Maximum" = Maximum;
    /// The smaller of both; NaN if one is. TensorFlow: `tf.minimum`.
    minimum[Number] "Minimum" = Minimum;
    /// `a` to the power of `b`. TensorFlow: `tf.pow`.
    pow[Number] "Pow" = Pow;
    /// `(a - b)²`. TensorFlow: `tf.squared_difference`.
    squared_difference[Number] "SquaredDifference" = SquaredDifference;
    /// The angle of the point `(b, a)`. TensorFlow: `tf.atan2`.
    atan2[Float] "Atan2" = Atan2;
}

/// An elementwise op of two inputs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arithmetic {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`
    Mul,
    /// `a / b`
    Div,
    /// `a / b`, rounded down
    FloorDiv,
    /// the remainder with the sign of `b`
    FloorMod,
    /// the larger
    Maximum,
    /// the smaller
    Minimum,
    /// `a` to the power of `b`
    Pow,
    /// `(a - b)²`
    SquaredDifference,
    /// the angle of `(b, a)`
    Atan2,
}

impl Arithmetic {
    const fn function(self) -> &'static str {
        match self {
            Arithmetic::Add => "add",
            Arithmetic::Sub => "subtract",
            Arithmetic::Mul => "multiply",
            Arithmetic::Div => "divide",
            Arithmetic::FloorDiv => "floordiv",
            Arithmetic::FloorMod => "floormod",
            Arithmetic::Maximum => "maximum",
            Arithmetic::Minimum => "minimum",
            Arithmetic::Pow => "pow",
            Arithmetic::SquaredDifference => "squared_difference",
            Arithmetic::Atan2 => "atan2",
        }
    }

    pub(super) const fn type_name(&self) -> &'static str {
        match self {
            Arithmetic::Add => "AddV2",
            Arithmetic::Sub => "Sub",
            Arithmetic::Mul => "Mul",
            Arithmetic::Div => "RealDiv",
            Arithmetic::FloorDiv => "FloorDiv",
            Arithmetic::FloorMod => "FloorMod",
            Arithmetic::Maximum => "Maximum",
            Arithmetic::Minimum => "Minimum",
            Arithmetic::Pow => "Pow",
            Arithmetic::SquaredDifference => "SquaredDifference",
            Arithmetic::Atan2 => "Atan2",
        }
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        self.rule_of_two(&inputs[0], &inputs[1])
    }

    pub(crate) const fn rule_of_two(&self, a: &Shape, b: &Shape) -> Result<Shape, SpecError> {
        rules::broadcast(self.function(), a, b)
    }

    pub(crate) const fn flops(&self, _: &[Shape], output: &Shape) -> u64 {
        per_element(output)
    }

    /// The kernel's name of the function.
    pub(crate) const fn kernel(&self) -> BinaryOp {
        match self {
            Arithmetic::Add => BinaryOp::Add,
            Arithmetic::Sub => BinaryOp::Sub,
            Arithmetic::Mul => BinaryOp::Mul,
            Arithmetic::Div => BinaryOp::Div,
            Arithmetic::FloorDiv => BinaryOp::FloorDiv,
            Arithmetic::FloorMod => BinaryOp::FloorMod,
            Arithmetic::Maximum => BinaryOp::Maximum,
            Arithmetic::Minimum => BinaryOp::Minimum,
            Arithmetic::Pow => BinaryOp::Pow,
            Arithmetic::SquaredDifference => BinaryOp::SquaredDifference,
            Arithmetic::Atan2 => BinaryOp::Atan2,
        }
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let op = self.kernel();
        let (a, b) = (run.input(0).shape(), run.input(1).shape());
        kernel!(
            run,
            [F32 f32 = elementwise::binary_f32, F64 f64 = elementwise::binary_f64, I32 i32 = elementwise::binary_i32, I64 i64 = elementwise::binary_i64],
            binary => |out, shape| binary(op, run.slice(0), a, run.slice(1), b, out, shape)
        )
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (a, b, y, slope) = (back.input(0), back.input(1), back.output(0), back.slope());
        match self {
            Arithmetic::Add => {
                back.give(0, || slope.sum_like(a));
                back.give(1, || slope.sum_like(b));
            }
            Arithmetic::Sub => {
                back.give(0, || slope.sum_like(a));
                back.give(1, || (-slope).sum_like(b));
            }
            Arithmetic::Mul => {
                back.give(0, || (slope * b).sum_like(a));
                back.give(1, || (slope * a).sum_like(b));
            }
            Arithmetic::Div => {
                back.give(0, || (slope / b).sum_like(a));
                back.give(1, || (slope * (-a / b / b)).sum_like(b));
            }
            // Steps have no slope.
            Arithmetic::FloorDiv => {}
            Arithmetic::FloorMod => {
                back.give(0, || slope.sum_like(a));
                back.give(1, || (-(slope * a.floordiv(b))).sum_like(b));
            }
            Arithmetic::Maximum | Arithmetic::Minimum => {
                // Where both are equal the first was taken.
                let by = if *self == Arithmetic::Maximum { CompareOp::GreaterEqual } else { CompareOp::LessEqual };
                let first = a.compare(by, b);
                back.give(0, || slope.only_where(first).sum_like(a));
                back.give(1, || first.choose(slope.number(0.0), slope).sum_like(b));
            }
            Arithmetic::Pow => {
                back.give(0, || (slope * (b * a.pow(b - 1.0))).sum_like(a));
                back.give(1, || {
                    // The logarithm is taken only where there is one.
                    let positive = a.compare(CompareOp::Greater, a.number(0.0));
                    let logarithm = positive.choose(a, a.number(1.0)).apply(UnaryOp::Log).only_where(positive);
                    (slope * y * logarithm).sum_like(b)
                });
            }
            Arithmetic::SquaredDifference => {
                let twice = slope * 2.0 * (a - b);
                back.give(0, || twice.sum_like(a));
                back.give(1, || (-twice).sum_like(b));
            }
            Arithmetic::Atan2 => {
                let part = slope / (a * a + b * b);
                back.give(0, || (part * b).sum_like(a));
                back.give(1, || (-(part * a)).sum_like(b));
            }
        }
    }
}

/// Names of the ops of operators, which differ from those of the functions: `a + b` is `add`, `tf::add(a, b)` is `Add`.
macro_rules! operators {
    ($($trait:ident $method:ident $label:literal $op:ident;)*) => { $(
        operators!(@of $trait $method $label $op; Tensor<T>);
        operators!(@of $trait $method $label $op; &Tensor<T>);
        operators!(@of $trait $method $label $op; Variable<T>);
        operators!(@of $trait $method $label $op; &Variable<T>);
        operators!(@left $trait $method $label $op; Tensor; half::f16, half::bf16, f32, f64, i32, i64);
        operators!(@left $trait $method $label $op; Variable; half::f16, half::bf16, f32, f64, i32, i64);
    )* };
    (@of $trait:ident $method:ident $label:literal $op:ident; $a:ty) => {
        operators!(@pairs $trait $method $label $op; $a, Tensor<T>; $a, &Tensor<T>; $a, Variable<T>; $a, &Variable<T>;);
        operators!(@scalars $trait $method $label $op; $a;);
    };
    (@pairs $trait:ident $method:ident $label:literal $op:ident; $($a:ty, $b:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<T: Number> std::ops::$trait<$b> for $a {
            type Output = Tensor<T>;
            #[track_caller]
            fn $method(self, other: $b) -> Tensor<T> {
                node::<T>($label, Arithmetic::$op, AsTensor::<T>::as_tensor(self), AsTensor::<T>::as_tensor(other))
            }
        }
    )* };
    (@scalars $trait:ident $method:ident $label:literal $op:ident; $($a:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<T: Number + AsTensor<T>> std::ops::$trait<T> for $a {
            type Output = Tensor<T>;
            #[track_caller]
            fn $method(self, other: T) -> Tensor<T> {
                node::<T>($label, Arithmetic::$op, AsTensor::<T>::as_tensor(self), other.as_tensor())
            }
        }
    )* };
    (@left $trait:ident $method:ident $label:literal $op:ident; $handle:ident; $($t:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl std::ops::$trait<$handle<$t>> for $t {
            type Output = Tensor<$t>;
            #[track_caller]
            fn $method(self, other: $handle<$t>) -> Tensor<$t> {
                node::<$t>($label, Arithmetic::$op, self.as_tensor(), other.as_tensor())
            }
        }
        #[diagnostic::do_not_recommend]
        impl std::ops::$trait<&$handle<$t>> for $t {
            type Output = Tensor<$t>;
            #[track_caller]
            fn $method(self, other: &$handle<$t>) -> Tensor<$t> {
                node::<$t>($label, Arithmetic::$op, self.as_tensor(), other.as_tensor())
            }
        }
    )* };
}

operators! {
    Add add "add" Add;
    Sub sub "sub" Sub;
    Mul mul "mul" Mul;
    Div div "truediv" Div;
    Rem rem "mod" FloorMod;
}

#[track_caller]
fn node<T: Number>(label: &str, op: Arithmetic, a: Tensor<T>, b: Tensor<T>) -> Tensor<T> {
    apply(label, op.into(), &[a.into(), b.into()], |shapes| op.rule(shapes))
}

macro_rules! assigning_operators {
    ($($trait:ident $method:ident $base:ident $op:tt;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<T: Number, B> std::ops::$trait<B> for Tensor<T>
        where
            Tensor<T>: std::ops::$base<B, Output = Tensor<T>>,
        {
            #[track_caller]
            fn $method(&mut self, other: B) {
                *self = *self $op other;
            }
        }
    )* };
}
assigning_operators! {
    AddAssign add_assign Add +;
    SubAssign sub_assign Sub -;
    MulAssign mul_assign Mul *;
    DivAssign div_assign Div /;
    RemAssign rem_assign Rem %;
}
