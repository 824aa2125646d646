//! Comparisons and logic, with broadcasting.

use half::{bf16, f16};

use crate::map::map;
use crate::zip::{ZipOp, zip};

/// A comparison of two elements. Every comparison with NaN is false, but
/// [`NotEqual`](Self::NotEqual) is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `a == b` (`tf.equal`).
    Equal,
    /// `a != b` (`tf.not_equal`).
    NotEqual,
    /// `a < b` (`tf.less`).
    Less,
    /// `a <= b` (`tf.less_equal`).
    LessEqual,
    /// `a > b` (`tf.greater`).
    Greater,
    /// `a >= b` (`tf.greater_equal`).
    GreaterEqual,
}

/// A logical operation of two truth values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogicalOp {
    /// Both (`tf.logical_and`).
    And,
    /// At least one (`tf.logical_or`).
    Or,
    /// Exactly one (`tf.math.logical_xor`).
    Xor,
}

macro_rules! zip_ops {
    ($([$($bound:tt)*] $in:ty: $name:ident, |$a:ident, $b:ident| $value:expr;)*) => {$(
        #[derive(Clone, Copy)]
        struct $name;

        impl<$($bound)*> ZipOp<$in, bool> for $name {
            const WORK: usize = 1;

            #[inline(always)]
            fn apply($a: $in, $b: $in) -> bool {
                $value
            }
        }
    )*};
}

zip_ops! {
    [T: PartialOrd] T: Equal, |a, b| a == b;
    [T: PartialOrd] T: NotEqual, |a, b| a != b;
    [T: PartialOrd] T: Less, |a, b| a < b;
    [T: PartialOrd] T: LessEqual, |a, b| a <= b;
    [T: PartialOrd] T: Greater, |a, b| a > b;
    [T: PartialOrd] T: GreaterEqual, |a, b| a >= b;
    [] bool: And, |a, b| a & b;
    [] bool: Or, |a, b| a | b;
    [] bool: Xor, |a, b| a ^ b;
}

macro_rules! compare {
    ($($name:ident $t:ty;)*) => {$(
        #[doc = concat!("`out = a op b` for `", stringify!($t), "`: `a` and `b` are broadcast to `out_shape`.")]
        ///
        /// # Panics
        /// If a slice does not fit its shape or a shape does not broadcast to `out_shape`.
        pub fn $name(
            op: CompareOp,
            a: &[$t],
            a_shape: &[usize],
            b: &[$t],
            b_shape: &[usize],
            out: &mut [bool],
            out_shape: &[usize],
        ) {
            let (a, b) = ((a, a_shape), (b, b_shape));
            match op {
                CompareOp::Equal => zip(Equal, a, b, out, out_shape),
                CompareOp::NotEqual => zip(NotEqual, a, b, out, out_shape),
                CompareOp::Less => zip(Less, a, b, out, out_shape),
                CompareOp::LessEqual => zip(LessEqual, a, b, out, out_shape),
                CompareOp::Greater => zip(Greater, a, b, out, out_shape),
                CompareOp::GreaterEqual => zip(GreaterEqual, a, b, out, out_shape),
            }
        }
    )*};
}

compare! {
    compare_f16 f16;
    compare_bf16 bf16;
    compare_f32 f32;
    compare_f64 f64;
    compare_i8 i8;
    compare_i16 i16;
    compare_i32 i32;
    compare_i64 i64;
    compare_u8 u8;
    compare_u16 u16;
    compare_u32 u32;
    compare_u64 u64;
    compare_bool bool;
}

/// `out = a op b` for truth values, broadcast to `out_shape`.
///
/// # Panics
/// If a slice does not fit its shape or a shape does not broadcast to `out_shape`.
pub fn logical(
    op: LogicalOp,
    a: &[bool],
    a_shape: &[usize],
    b: &[bool],
    b_shape: &[usize],
    out: &mut [bool],
    out_shape: &[usize],
) {
    let (a, b) = ((a, a_shape), (b, b_shape));
    match op {
        LogicalOp::And => zip(And, a, b, out, out_shape),
        LogicalOp::Or => zip(Or, a, b, out, out_shape),
        LogicalOp::Xor => zip(Xor, a, b, out, out_shape),
    }
}

/// `out = !input` (`tf.logical_not`).
///
/// # Panics
/// If the lengths differ.
pub fn logical_not(input: &[bool], out: &mut [bool]) {
    map(1, input, out, |x| !x);
}
