//! Functions of one array, element by element.

use crate::chain::{Instruction, Place, run_code};
use crate::error::KernelError;
use crate::isa::isa;
use crate::map::{MapOp, map, map_op};
use crate::math;
use crate::threads::for_each_chunk;

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
pub(crate) const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
pub(crate) const SELU_SCALE_ALPHA: f64 = 1.758_099_340_847_376_9;

/// Defines zero-sized operations of `f64`: `Name: work, |x| value`.
macro_rules! map_ops {
    ($($name:ident: $work:expr, |$x:ident| $value:expr;)*) => {
        $(
            #[derive(Clone, Copy)]
            struct $name;

            impl MapOp<f64, f64> for $name {
                const WORK: usize = $work;

                #[inline(always)]
                fn apply(self, $x: f64) -> f64 {
                    $value
                }
            }
        )*
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
    Exp: 8, |x| x.exp();
    Expm1: 8, |x| x.exp_m1();
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
    Tanh: 12, |x| x.tanh();
    Sigmoid: 8, |x| math::sigmoid(x);
    Softplus: 16, |x| math::softplus(x);
    Softsign: 2, |x| x / (1.0 + x.abs());
    Relu: 1, |x| if x < 0.0 { 0.0 } else { x };
    Relu6: 1, |x| x.clamp(0.0, 6.0);
    Elu: 8, |x| if x < 0.0 { x.exp_m1() } else { x };
    Selu: 8, |x| if x < 0.0 { SELU_SCALE_ALPHA * x.exp_m1() } else { SELU_SCALE * x };
    Erf: 16, |x| math::erf(x);
    Floor: 1, |x| x.floor();
    Ceil: 1, |x| x.ceil();
    Round: 1, |x| x.round_ties_even();
}

#[derive(Clone, Copy)]
struct LeakyRelu {
    alpha: f64,
}

impl MapOp<f64, f64> for LeakyRelu {
    const WORK: usize = 1;

    #[inline(always)]
    fn apply(self, x: f64) -> f64 {
        if x < 0.0 { self.alpha * x } else { x }
    }
}

impl UnaryOp {
    /// Elementary operations for one element of `f32`.
    pub(crate) fn work(self) -> usize {
        match self {
            UnaryOp::Neg
            | UnaryOp::Abs
            | UnaryOp::Sign
            | UnaryOp::Square
            | UnaryOp::Relu
            | UnaryOp::Relu6
            | UnaryOp::LeakyRelu { .. }
            | UnaryOp::Floor
            | UnaryOp::Ceil
            | UnaryOp::Round => 1,
            UnaryOp::Reciprocal | UnaryOp::Softsign => 2,
            UnaryOp::Sqrt | UnaryOp::Rsqrt => 4,
            UnaryOp::Exp
            | UnaryOp::Expm1
            | UnaryOp::Log
            | UnaryOp::Log1p
            | UnaryOp::Tanh
            | UnaryOp::Sigmoid
            | UnaryOp::Softplus
            | UnaryOp::Elu
            | UnaryOp::Selu
            | UnaryOp::Erf => 8,
            UnaryOp::Sin
            | UnaryOp::Cos
            | UnaryOp::Tan
            | UnaryOp::Asin
            | UnaryOp::Acos
            | UnaryOp::Atan
            | UnaryOp::Sinh
            | UnaryOp::Cosh => 64,
        }
    }
}

/// `out = op(input)` for `f32`. Exponentials, logarithms, `tanh` and what is made of them are within 3 units in the last place.
///
/// # Errors
/// None: the result is of the same type as that of the integers.
///
/// # Panics
/// If the lengths differ.
pub fn unary_f32(op: UnaryOp, input: &[f32], out: &mut [f32]) -> Result<(), KernelError> {
    assert_eq!(input.len(), out.len(), "elements of operand and result");
    let isa = isa();
    for_each_chunk(out, 1, input.len() * op.work(), |start, out| {
        let from = input[start..start + out.len()].as_ptr().cast_mut();
        let places = [Place::along(from), Place::along(out.as_mut_ptr())];
        let code = [Instruction::Load(0), Instruction::Unary(op), Instruction::Store(1)];
        // SAFETY: both places have as many elements, and the path was detected.
        unsafe { run_code(isa, &code, &places, out.len()) };
    });
    Ok(())
}

/// `out = op(input)` for `f64`.
///
/// # Errors
/// None: the result is of the same type as that of the integers.
///
/// # Panics
/// If the lengths differ.
pub fn unary_f64(op: UnaryOp, input: &[f64], out: &mut [f64]) -> Result<(), KernelError> {
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
            map_op(LeakyRelu { alpha }, input, out);
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

macro_rules! float_tests {
    ($($test:ident $t:ident;)*) => { $(
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
    )* };
}

float_tests! {
    test_f32 f32;
    test_f64 f64;
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

unary_integer!(unary_i32, i32);
unary_integer!(unary_i64, i64);
