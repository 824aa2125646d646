//! Arithmetic on two arrays, with broadcasting.

use crate::error::KernelError;
use crate::zip::{ZipOp, zip};

/// An arithmetic operation of two elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `a + b` (`tf.add`); integers wrap, here and below.
    Add,
    /// `a - b` (`tf.subtract`).
    Sub,
    /// `a * b` (`tf.multiply`).
    Mul,
    /// `a / b`; integers truncate toward zero (`tf.truediv`, `tf.truncatediv`).
    Div,
    /// `floor(a / b)` (`tf.math.floordiv`).
    FloorDiv,
    /// The remainder that goes with [`FloorDiv`](Self::FloorDiv); it has the
    /// sign of `b` (`tf.math.floormod`).
    FloorMod,
    /// The larger one, NaN if either is (`tf.maximum`).
    Maximum,
    /// The smaller one, NaN if either is (`tf.minimum`).
    Minimum,
    /// `a` to the power of `b` (`tf.pow`).
    Pow,
    /// `(a - b)²` (`tf.math.squared_difference`).
    SquaredDifference,
    /// The angle of the point `(b, a)`, floats only (`tf.atan2`).
    Atan2,
}

/// Defines zero-sized operations on some types: `Name: work, |a, b| value`.
macro_rules! zip_ops {
    ($types:tt; $($name:ident: $work:expr, |$a:ident, $b:ident| $value:expr;)*) => {
        $(zip_ops!(@op $types $name, $work, $a, $b, $value);)*
    };
    (@op [$($t:ty)*] $name:ident, $work:expr, $a:ident, $b:ident, $value:expr) => {
        $(impl ZipOp<$t, $t> for $name {
            const WORK: usize = $work;

            #[inline(always)]
            fn apply($a: $t, $b: $t) -> $t {
                $value
            }
        })*
    };
}

macro_rules! unit_structs {
    ($($name:ident)*) => {$(
        #[derive(Clone, Copy)]
        struct $name;
    )*};
}

unit_structs!(Add Sub Mul Div FloorDiv FloorMod Maximum Minimum Pow SquaredDifference Atan2);

zip_ops! { [f32 f64];
    Add: 1, |a, b| a + b;
    Sub: 1, |a, b| a - b;
    Mul: 1, |a, b| a * b;
    Div: 2, |a, b| a / b;
    FloorDiv: 4, |a, b| (a / b).floor();
    FloorMod: 32, |a, b| {
        let rem = a % b;
        if rem != 0.0 && (b < 0.0) != (rem < 0.0) { rem + b } else { rem }
    };
    Maximum: 1, |a, b| if a.is_nan() || a > b { a } else { b };
    Minimum: 1, |a, b| if a.is_nan() || a < b { a } else { b };
    Pow: 32, |a, b| a.powf(b);
    SquaredDifference: 1, |a, b| (a - b) * (a - b);
    Atan2: 32, |a, b| a.atan2(b);
}

zip_ops! { [i32 i64];
    Add: 1, |a, b| a.wrapping_add(b);
    Sub: 1, |a, b| a.wrapping_sub(b);
    Mul: 1, |a, b| a.wrapping_mul(b);
    Div: 8, |a, b| a.wrapping_div(b);
    FloorDiv: 8, |a, b| {
        let quotient = a.wrapping_div(b);
        let inexact = a.wrapping_rem(b) != 0;
        if inexact && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
    };
    FloorMod: 8, |a, b| {
        let rem = a.wrapping_rem(b);
        if rem != 0 && (b < 0) != (rem < 0) { rem + b } else { rem }
    };
    Maximum: 1, |a, b| a.max(b);
    Minimum: 1, |a, b| a.min(b);
    Pow: 32, |a, b| {
        let (mut power, mut base, mut exponent) = (1, a, b);
        while exponent > 0 {
            if exponent & 1 == 1 {
                power = base.wrapping_mul(power);
            }
            base = base.wrapping_mul(base);
            exponent >>= 1;
        }
        power
    };
    SquaredDifference: 1, |a, b| {
        let difference = a.wrapping_sub(b);
        difference.wrapping_mul(difference)
    };
}

macro_rules! binary {
    ($name:ident, $t:ty, $check:expr, $atan2:expr) => {
        #[doc = concat!("`out = a op b` for `", stringify!($t), "`: `a` and `b` are broadcast to `out_shape`.")]
        ///
        /// # Errors
        /// For integers only: [`KernelError::DivideByZero`],
        /// [`KernelError::NegativeExponent`] and, for [`BinaryOp::Atan2`],
        /// [`KernelError::FloatOnly`]; `out` is then untouched.
        ///
        /// # Panics
        /// If a slice does not fit its shape or a shape does not broadcast to `out_shape`.
        pub fn $name(
            op: BinaryOp,
            a: &[$t],
            a_shape: &[usize],
            b: &[$t],
            b_shape: &[usize],
            out: &mut [$t],
            out_shape: &[usize],
        ) -> Result<(), KernelError> {
            if !out.is_empty() {
                $check(op, b)?;
            }
            let (a, b) = ((a, a_shape), (b, b_shape));
            match op {
                BinaryOp::Add => zip(Add, a, b, out, out_shape),
                BinaryOp::Sub => zip(Sub, a, b, out, out_shape),
                BinaryOp::Mul => zip(Mul, a, b, out, out_shape),
                BinaryOp::Div => zip(Div, a, b, out, out_shape),
                BinaryOp::FloorDiv => zip(FloorDiv, a, b, out, out_shape),
                BinaryOp::FloorMod => zip(FloorMod, a, b, out, out_shape),
                BinaryOp::Maximum => zip(Maximum, a, b, out, out_shape),
                BinaryOp::Minimum => zip(Minimum, a, b, out, out_shape),
                BinaryOp::Pow => zip(Pow, a, b, out, out_shape),
                BinaryOp::SquaredDifference => zip(SquaredDifference, a, b, out, out_shape),
                BinaryOp::Atan2 => return $atan2(a, b, out, out_shape),
            }
            Ok(())
        }
    };
}

type Operand<'a, T> = (&'a [T], &'a [usize]);

/// Floats have a value for every pair of operands.
fn check_float<T>(_op: BinaryOp, _b: &[T]) -> Result<(), KernelError> {
    Ok(())
}

/// Refuses the second operands that integers have no value for.
fn check_integer<T: Copy + Default + PartialOrd>(op: BinaryOp, b: &[T]) -> Result<(), KernelError> {
    let zero = T::default();
    match op {
        BinaryOp::Div | BinaryOp::FloorDiv | BinaryOp::FloorMod if b.contains(&zero) => Err(KernelError::DivideByZero),
        BinaryOp::Pow if b.iter().any(|&b| b < zero) => Err(KernelError::NegativeExponent),
        _ => Ok(()),
    }
}

fn atan2_float<T>(a: Operand<'_, T>, b: Operand<'_, T>, out: &mut [T], out_shape: &[usize]) -> Result<(), KernelError>
where
    T: Copy + Send + Sync,
    Atan2: ZipOp<T, T>,
{
    zip(Atan2, a, b, out, out_shape);
    Ok(())
}

fn atan2_integer<T>(
    _a: Operand<'_, T>,
    _b: Operand<'_, T>,
    _out: &mut [T],
    _out_shape: &[usize],
) -> Result<(), KernelError> {
    Err(KernelError::FloatOnly)
}

binary!(binary_f32, f32, check_float, atan2_float);
binary!(binary_f64, f64, check_float, atan2_float);
binary!(binary_i32, i32, check_integer, atan2_integer);
binary!(binary_i64, i64, check_integer, atan2_integer);
