//! Derivatives of functions of one array, element by element, times the slope
//! that comes from behind.

use crate::isa::{isa, multiversion};
use crate::math::Math;
use crate::threads::for_each_chunk;

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

/// A derivative: the slope before the function at `at`, from that behind it.
trait Slope<T>: Copy + Send + Sync {
    /// Cost in elementary operations.
    const WORK: usize;

    fn apply(self, at: T, slope: T) -> T;
}

const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_SCALE_ALPHA: f64 = 1.758_099_340_847_376_9;

macro_rules! slopes {
    ($($name:ident: $work:expr, |$at:ident, $slope:ident| $value:expr;)*) => { $(
        #[derive(Clone, Copy)]
        struct $name;
        slopes!(@type f32 $name, $work, $at, $slope, $value);
        slopes!(@type f64 $name, $work, $at, $slope, $value);
    )* };
    (@type $t:ident $name:ident, $work:expr, $at:ident, $slope:ident, $value:expr) => {
        impl Slope<$t> for $name {
            const WORK: usize = $work;

            #[inline(always)]
            fn apply(self, $at: $t, $slope: $t) -> $t {
                #[allow(dead_code)]
                type T = $t;
                $value
            }
        }
    };
}

slopes! {
    Relu: 1, |x, slope| if x > 0.0 { slope } else { 0.0 };
    Relu6: 1, |x, slope| if x > 0.0 && x < 6.0 { slope } else { 0.0 };
    Elu: 2, |y, slope| if y < 0.0 { slope * (y + 1.0) } else { slope };
    Selu: 2, |y, slope| if y < 0.0 { slope * (y + SELU_SCALE_ALPHA as T) } else { slope * SELU_SCALE as T };
    Sigmoid: 2, |y, slope| slope * y * (1.0 - y);
    Tanh: 2, |y, slope| slope * (1.0 - y * y);
    Softplus: 8, |x, slope| slope * Math::sigmoid(x);
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
struct LeakyRelu<T> {
    alpha: T,
}

macro_rules! slope_kernels {
    ($($name:ident $t:ident;)*) => { $(
        impl Slope<$t> for LeakyRelu<$t> {
            const WORK: usize = 1;

            #[inline(always)]
            fn apply(self, x: $t, slope: $t) -> $t {
                if x > 0.0 { slope } else { self.alpha * slope }
            }
        }

        #[doc = concat!("`out = slope · f′` for `", stringify!($t), "`, the derivative of `op` taken where its argument or value, as `op` says, is `at`.")]
        ///
        /// # Panics
        /// If the lengths differ.
        pub fn $name(op: SlopeOp, at: &[$t], slope: &[$t], out: &mut [$t]) {
            match op {
                SlopeOp::Relu => map(Relu, at, slope, out),
                SlopeOp::Relu6 => map(Relu6, at, slope, out),
                SlopeOp::LeakyRelu { alpha } => map(LeakyRelu { alpha: alpha as $t }, at, slope, out),
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
    )* };
}

slope_kernels! {
    slope_f32 f32;
    slope_f64 f64;
}

fn map<T: Copy + Send + Sync, S: Slope<T>>(by: S, at: &[T], slope: &[T], out: &mut [T]) {
    assert_eq!(at.len(), out.len(), "elements of argument and result");
    assert_eq!(slope.len(), out.len(), "elements of slope and result");
    let isa = isa();
    for_each_chunk(out, 1, at.len() * S::WORK, |start, out| {
        let part = start..start + out.len();
        map_slice(isa, by, &at[part.clone()], &slope[part], out);
    });
}

multiversion! {
    fn map_slice[T: Copy, S: Slope<T>](by: S, at: &[T], slope: &[T], out: &mut [T]) {
        for ((out, &at), &slope) in out.iter_mut().zip(at).zip(slope) {
            *out = by.apply(at, slope);
        }
    }
}
