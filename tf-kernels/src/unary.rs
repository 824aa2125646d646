//! Functions of one array, element by element.

use crate::error::KernelError;
use crate::map::{MapOp, map, map_op};
use crate::math::Math;

/// A function of one element. Unless said otherwise it is for floats only, and
/// NaN gives NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum UnaryOp {
    /// `-x`; integers, too (`tf.negative`).
    Neg,
    /// `|x|`; integers, too, wrapping (`tf.abs`).
    Abs,
    /// -1, 0 or 1; integers, too (`tf.sign`).
    Sign,
    /// `x²`; integers, too, wrapping (`tf.square`).
    Square,
    /// `√x` (`tf.sqrt`).
    Sqrt,
    /// `1 / √x` (`tf.math.rsqrt`).
    Rsqrt,
    /// `1 / x` (`tf.math.reciprocal`).
    Reciprocal,
    /// `eˣ` (`tf.exp`).
    Exp,
    /// `eˣ - 1` (`tf.math.expm1`).
    Expm1,
    /// `ln x` (`tf.math.log`).
    Log,
    /// `ln(1 + x)` (`tf.math.log1p`).
    Log1p,
    /// `sin x` (`tf.sin`).
    Sin,
    /// `cos x` (`tf.cos`).
    Cos,
    /// `tan x` (`tf.tan`).
    Tan,
    /// `arcsin x` (`tf.asin`).
    Asin,
    /// `arccos x` (`tf.acos`).
    Acos,
    /// `arctan x` (`tf.atan`).
    Atan,
    /// `sinh x` (`tf.sinh`).
    Sinh,
    /// `cosh x` (`tf.cosh`).
    Cosh,
    /// `tanh x` (`tf.tanh`).
    Tanh,
    /// `1 / (1 + e⁻ˣ)` (`tf.sigmoid`).
    Sigmoid,
    /// `ln(1 + eˣ)` without overflow (`tf.math.softplus`).
    Softplus,
    /// `x / (1 + |x|)` (`tf.nn.softsign`).
    Softsign,
    /// `max(x, 0)`; integers, too (`tf.nn.relu`).
    Relu,
    /// `min(max(x, 0), 6)`; integers, too (`tf.nn.relu6`).
    Relu6,
    /// `x` where positive, else `alpha·x` (`tf.nn.leaky_relu`).
    LeakyRelu {
        /// The slope of the negative half.
        alpha: f64,
    },
    /// `x` where positive, else `eˣ - 1` (`tf.nn.elu`).
    Elu,
    /// The scaled [`Elu`](Self::Elu) of "Self-Normalizing Neural Networks" (`tf.nn.selu`).
    Selu,
    /// The error function (`tf.math.erf`).
    Erf,
    /// The largest integer that is not larger; integers, too (`tf.floor`).
    Floor,
    /// The smallest integer that is not smaller; integers, too (`tf.math.ceil`).
    Ceil,
    /// The nearest integer, the even one of two; integers, too (`tf.round`).
    Round,
}

/// A question about one float.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FloatTest {
    /// Not a number (`tf.math.is_nan`).
    Nan,
    /// Either infinity (`tf.math.is_inf`).
    Inf,
    /// Neither (`tf.math.is_finite`).
    Finite,
}

/// λ of "Self-Normalizing Neural Networks", and λ·α.
const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_SCALE_ALPHA: f64 = 1.758_099_340_847_376_9;

/// Defines zero-sized float operations: `Name: work, |x| value`, with the type
/// of `x` as `T`.
macro_rules! map_ops {
    ($($name:ident: $work:expr, |$x:ident| $value:expr;)*) => {
        $(
            #[derive(Clone, Copy)]
            struct $name;
            map_ops!(@type f32 $name, $work, $x, $value);
            map_ops!(@type f64 $name, $work, $x, $value);
        )*
    };
    (@type $t:ident $name:ident, $work:expr, $x:ident, $value:expr) => {
        impl MapOp<$t, $t> for $name {
            const WORK: usize = $work;

            #[inline(always)]
            fn apply(self, $x: $t) -> $t {
                $value
            }
        }
    };
}

map_ops! {
    Neg: 1, |x| -x;
    Abs: 1, |x| x.abs();
    Sign: 1, |x| if x > 0.0 { 1.0 } else if x < 0.0 { -1.0 } else { x };
    Square: 1, |x| x * x;
    Sqrt: 4, |x| x.sqrt();
    Rsqrt: 6, |x| 1.0 / x.sqrt();
    Reciprocal: 2, |x| 1.0 / x;
    Exp: 8, |x| Math::exp(x);
    Expm1: 8, |x| Math::expm1(x);
    Log: 24, |x| x.ln();
    Log1p: 24, |x| x.ln_1p();
    Sin: 24, |x| x.sin();
    Cos: 24, |x| x.cos();
    Tan: 32, |x| x.tan();
    Asin: 32, |x| x.asin();
    Acos: 32, |x| x.acos();
    Atan: 32, |x| x.atan();
    Sinh: 32, |x| x.sinh();
    Cosh: 32, |x| x.cosh();
    Tanh: 12, |x| Math::tanh(x);
    Sigmoid: 8, |x| Math::sigmoid(x);
    Softplus: 16, |x| Math::softplus(x);
    Softsign: 2, |x| x / (1.0 + x.abs());
    Relu: 1, |x| if x < 0.0 { 0.0 } else { x };
    Relu6: 1, |x| x.clamp(0.0, 6.0);
    Elu: 8, |x| if x < 0.0 { Math::expm1(x) } else { x };
    Erf: 16, |x| Math::erf(x);
    Floor: 1, |x| x.floor();
    Ceil: 1, |x| x.ceil();
    Round: 1, |x| x.round_ties_even();
}

#[derive(Clone, Copy)]
struct LeakyRelu<T> {
    alpha: T,
}

#[derive(Clone, Copy)]
struct Selu;

macro_rules! unary_float {
    ($name:ident, $test:ident, $t:ident) => {
        impl MapOp<$t, $t> for LeakyRelu<$t> {
            const WORK: usize = 1;

            #[inline(always)]
            fn apply(self, x: $t) -> $t {
                if x < 0.0 { self.alpha * x } else { x }
            }
        }

        impl MapOp<$t, $t> for Selu {
            const WORK: usize = 8;

            #[inline(always)]
            fn apply(self, x: $t) -> $t {
                if x < 0.0 { SELU_SCALE_ALPHA as $t * Math::expm1(x) } else { SELU_SCALE as $t * x }
            }
        }

        #[doc = concat!("`out = op(input)` for `", stringify!($t), "`.")]
        ///
        /// # Errors
        /// None: the result is of the same type as that of the integers.
        ///
        /// # Panics
        /// If the lengths differ.
        pub fn $name(op: UnaryOp, input: &[$t], out: &mut [$t]) -> Result<(), KernelError> {
            match op {
                UnaryOp::Neg => map_op(Neg, input, out),
                UnaryOp::Abs => map_op(Abs, input, out),
                UnaryOp::Sign => map_op(Sign, input, out),
                UnaryOp::Square => map_op(Square, input, out),
                UnaryOp::Sqrt => map_op(Sqrt, input, out),
                UnaryOp::Rsqrt => map_op(Rsqrt, input, out),
                UnaryOp::Reciprocal => map_op(Reciprocal, input, out),
                UnaryOp::Exp => map_op(Exp, input, out),
                UnaryOp::Expm1 => map_op(Expm1, input, out),
                UnaryOp::Log => map_op(Log, input, out),
                UnaryOp::Log1p => map_op(Log1p, input, out),
                UnaryOp::Sin => map_op(Sin, input, out),
                UnaryOp::Cos => map_op(Cos, input, out),
                UnaryOp::Tan => map_op(Tan, input, out),
                UnaryOp::Asin => map_op(Asin, input, out),
                UnaryOp::Acos => map_op(Acos, input, out),
                UnaryOp::Atan => map_op(Atan, input, out),
                UnaryOp::Sinh => map_op(Sinh, input, out),
                UnaryOp::Cosh => map_op(Cosh, input, out),
                UnaryOp::Tanh => map_op(Tanh, input, out),
                UnaryOp::Sigmoid => map_op(Sigmoid, input, out),
                UnaryOp::Softplus => map_op(Softplus, input, out),
                UnaryOp::Softsign => map_op(Softsign, input, out),
                UnaryOp::Relu => map_op(Relu, input, out),
                UnaryOp::Relu6 => map_op(Relu6, input, out),
                UnaryOp::LeakyRelu { alpha } => {
                    map_op(LeakyRelu { alpha: alpha as $t }, input, out);
                }
                UnaryOp::Elu => map_op(Elu, input, out),
                UnaryOp::Selu => map_op(Selu, input, out),
                UnaryOp::Erf => map_op(Erf, input, out),
                UnaryOp::Floor => map_op(Floor, input, out),
                UnaryOp::Ceil => map_op(Ceil, input, out),
                UnaryOp::Round => map_op(Round, input, out),
            }
            Ok(())
        }

        #[doc = concat!("`out = test(input)` for `", stringify!($t), "`.")]
        ///
        /// # Panics
        /// If the lengths differ.
        pub fn $test(test: FloatTest, input: &[$t], out: &mut [bool]) {
            match test {
                FloatTest::Nan => map(1, input, out, $t::is_nan),
                FloatTest::Inf => map(1, input, out, $t::is_infinite),
                FloatTest::Finite => map(1, input, out, $t::is_finite),
            }
        }
    };
}

macro_rules! unary_integer {
    ($name:ident, $t:ident) => {
        #[doc = concat!("`out = op(input)` for `", stringify!($t), "`.")]
        ///
        /// # Errors
        /// [`KernelError::FloatOnly`] for what has no value among integers;
        /// `out` is then untouched.
        ///
        /// # Panics
        /// If the lengths differ.
        pub fn $name(op: UnaryOp, input: &[$t], out: &mut [$t]) -> Result<(), KernelError> {
            match op {
                UnaryOp::Neg => map(1, input, out, $t::wrapping_neg),
                UnaryOp::Abs => map(1, input, out, $t::wrapping_abs),
                UnaryOp::Sign => map(1, input, out, $t::signum),
                UnaryOp::Square => map(1, input, out, |x| x.wrapping_mul(x)),
                UnaryOp::Relu => map(1, input, out, |x| x.max(0)),
                UnaryOp::Relu6 => map(1, input, out, |x| x.clamp(0, 6)),
                UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Round => map(1, input, out, |x| x),
                _ => return Err(KernelError::FloatOnly),
            }
            Ok(())
        }
    };
}

unary_float!(unary_f32, test_f32, f32);
unary_float!(unary_f64, test_f64, f64);
unary_integer!(unary_i32, i32);
unary_integer!(unary_i64, i64);
