//! Derivatives of functions of one array, element by element, times the slope
//! that comes from behind.

use crate::chain::{Instruction, Place, run_code};
use crate::isa::{isa, multiversion};
use crate::math;
use crate::threads::for_each_chunk;
use crate::unary::{SELU_SCALE, SELU_SCALE_ALPHA};

/// A function whose derivative has a kernel of its own. Some derivatives are
/// computed from the argument `x` of the function, others from its value `y`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SlopeOp {
    /// `max(x, 0)`, from `x` (`ReluGrad`).
    Relu,
    /// `min(max(x, 0), 6)`, from `x` (`Relu6Grad`).
    Relu6,
    /// `x` where positive, else `alpha·x`, from `x` (`LeakyReluGrad`).
    LeakyRelu {
        /// The slope of the negative half.
        alpha: f64,
    },
    /// `x` where positive, else `eˣ - 1`, from `y` (`EluGrad`).
    Elu,
    /// The scaled [`Elu`](Self::Elu), from `y` (`SeluGrad`).
    Selu,
    /// `1 / (1 + e⁻ˣ)`, from `y` (`SigmoidGrad`).
    Sigmoid,
    /// `tanh x`, from `y` (`TanhGrad`).
    Tanh,
    /// `ln(1 + eˣ)`, from `x` (`SoftplusGrad`).
    Softplus,
    /// `x / (1 + |x|)`, from `x` (`SoftsignGrad`).
    Softsign,
    /// `√x`, from `y` (`SqrtGrad`).
    Sqrt,
    /// `1 / √x`, from `y` (`RsqrtGrad`).
    Rsqrt,
    /// `1 / x`, from `y` (`ReciprocalGrad`).
    Reciprocal,
}

/// A derivative of `f64`: the slope before the function at `at`, from that behind it.
trait Slope: Copy + Send + Sync {
    /// Cost in elementary operations.
    const WORK: usize;

    fn apply(self, at: f64, slope: f64) -> f64;
}

macro_rules! slopes {
    ($($name:ident: $work:expr, |$at:ident, $slope:ident| $value:expr;)*) => { $(
        #[derive(Clone, Copy)]
        struct $name;

        impl Slope for $name {
            const WORK: usize = $work;

            #[inline(always)]
            fn apply(self, $at: f64, $slope: f64) -> f64 {
                $value
            }
        }
    )* };
}

slopes! {
    Relu: 1, |x, slope| if x > 0.0 { slope } else { 0.0 };
    Relu6: 1, |x, slope| if x > 0.0 && x < 6.0 { slope } else { 0.0 };
    Elu: 2, |y, slope| if y < 0.0 { slope * (y + 1.0) } else { slope };
    Selu: 2, |y, slope| if y < 0.0 { slope * (y + SELU_SCALE_ALPHA) } else { slope * SELU_SCALE };
    Sigmoid: 2, |y, slope| slope * y * (1.0 - y);
    Tanh: 2, |y, slope| slope * (1.0 - y * y);
    Softplus: 8, |x, slope| slope * math::sigmoid(x);
    Softsign: 3, |x, slope| {
        let below = 1.0 + x.abs();
        slope / (below * below)
    };
    // Where no slope comes from behind there is none, also at 0.
    Sqrt: 3, |y, slope| if slope == 0.0 { 0.0 } else { slope * 0.5 / y };
    Rsqrt: 3, |y, slope| if slope == 0.0 { 0.0 } else { slope * -0.5 * y * y * y };
    Reciprocal: 2, |y, slope| if slope == 0.0 { 0.0 } else { -slope * y * y };
}

#[derive(Clone, Copy)]
struct LeakyRelu {
    alpha: f64,
}

impl Slope for LeakyRelu {
    const WORK: usize = 1;

    #[inline(always)]
    fn apply(self, x: f64, slope: f64) -> f64 {
        if x > 0.0 { slope } else { self.alpha * slope }
    }
}

impl SlopeOp {
    /// Elementary operations for one element of `f32`.
    pub(crate) fn work(self) -> usize {
        match self {
            SlopeOp::Softplus => 8,
            SlopeOp::Softsign | SlopeOp::Sqrt | SlopeOp::Rsqrt => 3,
            _ => 2,
        }
    }
}

/// `out = slope · f′` for `f32`, the derivative of `op` taken where its argument or value, as `op` says, is `at`.
///
/// # Panics
/// If the lengths differ.
pub fn slope_f32(op: SlopeOp, at: &[f32], slope: &[f32], out: &mut [f32]) {
    assert_eq!(at.len(), out.len(), "elements of argument and result");
    assert_eq!(slope.len(), out.len(), "elements of slope and result");
    let isa = isa();
    for_each_chunk(out, 1, at.len() * op.work(), |start, out| {
        let from = |x: &[f32]| Place::along(x[start..start + out.len()].as_ptr().cast_mut());
        let places = [from(at), from(slope), Place::along(out.as_mut_ptr())];
        let code = [Instruction::Load(0), Instruction::Slope { op, other: 1, reversed: false }, Instruction::Store(2)];
        // SAFETY: all places have as many elements, and the path was detected.
        unsafe { run_code(isa, &code, &places, out.len()) };
    });
}

/// `out = slope · f′` for `f64`, the derivative of `op` taken where its argument or value, as `op` says, is `at`.
///
/// # Panics
/// If the lengths differ.
pub fn slope_f64(op: SlopeOp, at: &[f64], slope: &[f64], out: &mut [f64]) {
    match op {
        SlopeOp::Relu => map(Relu, at, slope, out),
        SlopeOp::Relu6 => map(Relu6, at, slope, out),
        SlopeOp::LeakyRelu { alpha } => map(LeakyRelu { alpha }, at, slope, out),
        SlopeOp::Elu => map(Elu, at, slope, out),
        SlopeOp::Selu => map(Selu, at, slope, out),
        SlopeOp::Sigmoid => map(Sigmoid, at, slope, out),
        SlopeOp::Tanh => map(Tanh, at, slope, out),
        SlopeOp::Softplus => map(Softplus, at, slope, out),
        SlopeOp::Softsign => map(Softsign, at, slope, out),
        SlopeOp::Sqrt => map(Sqrt, at, slope, out),
        SlopeOp::Rsqrt => map(Rsqrt, at, slope, out),
        SlopeOp::Reciprocal => map(Reciprocal, at, slope, out),
    }
}

fn map<S: Slope>(by: S, at: &[f64], slope: &[f64], out: &mut [f64]) {
    assert_eq!(at.len(), out.len(), "elements of argument and result");
    assert_eq!(slope.len(), out.len(), "elements of slope and result");
    let isa = isa();
    for_each_chunk(out, 1, at.len() * S::WORK, |start, out| {
        let part = start..start + out.len();
        map_slice(isa, by, &at[part.clone()], &slope[part], out);
    });
}

multiversion! {
    fn map_slice[S: Slope](by: S, at: &[f64], slope: &[f64], out: &mut [f64]) {
        for ((out, &at), &slope) in out.iter_mut().zip(at).zip(slope) {
            *out = by.apply(at, slope);
        }
    }
}
