//! What links make of registers.

use crate::elementwise::BinaryOp;
use crate::simd::floats::Floats;
use crate::simd::functions;
use crate::simd::{WIDEST, each};
use crate::slopes::SlopeOp;
use crate::unary::{SELU_SCALE, SELU_SCALE_ALPHA, UnaryOp};

/// A function that has no registers' version, of each element.
///
/// # Safety
/// The instructions of `V` must exist; so for all functions here.
#[inline(always)]
unsafe fn elements<V: Floats>(x: V, f: fn(f32) -> f32) -> V {
    let mut all = [0.0; WIDEST];
    // SAFETY: the caller's promise; no register is wider than the array.
    unsafe {
        x.store(all.as_mut_ptr());
        all[..V::LANES].iter_mut().for_each(|x| *x = f(*x));
        V::load(all.as_ptr())
    }
}

/// As `elements`, of two.
#[inline(always)]
unsafe fn pairs<V: Floats>(a: V, b: V, f: fn(f32, f32) -> f32) -> V {
    let (mut all, mut other) = ([0.0; WIDEST], [0.0; WIDEST]);
    // SAFETY: as there.
    unsafe {
        a.store(all.as_mut_ptr());
        b.store(other.as_mut_ptr());
        all[..V::LANES].iter_mut().zip(&other).for_each(|(a, &b)| *a = f(*a, b));
        V::load(all.as_ptr())
    }
}

#[inline(always)]
pub(super) unsafe fn unary<V: Floats, const W: usize>(op: UnaryOp, x: [V; W]) -> [V; W] {
    let mut out = x;
    // SAFETY: the caller's promise.
    unsafe {
        let (zero, one) = (V::splat(0.0), V::splat(1.0));
        macro_rules! of {
            ($x:ident => $value:expr) => {
                each!(W; i => { let $x = x[i]; out[i] = $value })
            };
        }
        match op {
            UnaryOp::Neg => of!(x => V::splat(-0.0).sub(x)),
            UnaryOp::Abs => of!(x => x.abs()),
            UnaryOp::Sign => of!(x => zero.if_less(x, one, x.if_less(zero, V::splat(-1.0), x))),
            UnaryOp::Square => of!(x => x.mul(x)),
            UnaryOp::Sqrt => of!(x => x.sqrt()),
            UnaryOp::Rsqrt => of!(x => one.div(x.sqrt())),
            UnaryOp::Reciprocal => of!(x => one.div(x)),
            UnaryOp::Exp => of!(x => functions::exp(x)),
            UnaryOp::Expm1 => of!(x => functions::expm1(x)),
            UnaryOp::Log => of!(x => functions::ln(x)),
            UnaryOp::Log1p => of!(x => functions::ln_1p(x)),
            UnaryOp::Tanh => of!(x => functions::tanh(x)),
            UnaryOp::Sigmoid => of!(x => functions::sigmoid(x)),
            UnaryOp::Softplus => of!(x => functions::softplus(x)),
            UnaryOp::Softsign => of!(x => x.div(one.add(x.abs()))),
            UnaryOp::Relu => of!(x => x.relu()),
            UnaryOp::Relu6 => of!(x => x.relu().at_most(V::splat(6.0))),
            UnaryOp::LeakyRelu { alpha } => {
                let alpha = V::splat(alpha as f32);
                of!(x => x.if_less(zero, alpha.mul(x), x));
            }
            UnaryOp::Elu => of!(x => x.if_less(zero, functions::expm1(x), x)),
            UnaryOp::Selu => {
                let (negative, positive) = (V::splat(SELU_SCALE_ALPHA as f32), V::splat(SELU_SCALE as f32));
                of!(x => x.if_less(zero, negative.mul(functions::expm1(x)), positive.mul(x)));
            }
            UnaryOp::Erf => of!(x => functions::erf(x)),
            UnaryOp::Floor => of!(x => x.floor()),
            UnaryOp::Ceil => of!(x => x.ceil()),
            UnaryOp::Round => of!(x => x.round()),
            UnaryOp::Sin
            | UnaryOp::Cos
            | UnaryOp::Tan
            | UnaryOp::Asin
            | UnaryOp::Acos
            | UnaryOp::Atan
            | UnaryOp::Sinh
            | UnaryOp::Cosh => {
                let function = of_one(op);
                of!(x => elements(x, function));
            }
        }
    }
    out
}

#[inline(always)]
pub(super) unsafe fn binary<V: Floats, const W: usize>(op: BinaryOp, a: [V; W], b: [V; W]) -> [V; W] {
    let mut out = a;
    // SAFETY: the caller's promise.
    unsafe {
        macro_rules! of {
            ($a:ident, $b:ident => $value:expr) => {
                each!(W; i => { let ($a, $b) = (a[i], b[i]); out[i] = $value })
            };
        }
        match op {
            BinaryOp::Add => of!(a, b => a.add(b)),
            BinaryOp::Sub => of!(a, b => a.sub(b)),
            BinaryOp::Mul => of!(a, b => a.mul(b)),
            BinaryOp::Div => of!(a, b => a.div(b)),
            BinaryOp::FloorDiv => of!(a, b => a.div(b).floor()),
            BinaryOp::Maximum => of!(a, b => a.larger(b)),
            BinaryOp::Minimum => of!(a, b => a.smaller(b)),
            BinaryOp::SquaredDifference => of!(a, b => { let d = a.sub(b); d.mul(d) }),
            BinaryOp::FloorMod | BinaryOp::Pow | BinaryOp::Atan2 => {
                let function = of_two(op);
                of!(a, b => pairs(a, b, function));
            }
        }
    }
    out
}

/// The function of one element, for those that have no registers' version.
fn of_one(op: UnaryOp) -> fn(f32) -> f32 {
    match op {
        UnaryOp::Sin => f32::sin,
        UnaryOp::Cos => f32::cos,
        UnaryOp::Tan => f32::tan,
        UnaryOp::Asin => f32::asin,
        UnaryOp::Acos => f32::acos,
        UnaryOp::Atan => f32::atan,
        UnaryOp::Sinh => f32::sinh,
        UnaryOp::Cosh => f32::cosh,
        _ => unreachable!("the others have a registers' version"),
    }
}

/// As `of_one`, of two.
fn of_two(op: BinaryOp) -> fn(f32, f32) -> f32 {
    /// The remainder with the sign of the divisor.
    fn floor_mod(a: f32, b: f32) -> f32 {
        let rem = a % b;
        if rem != 0.0 && (b < 0.0) != (rem < 0.0) { rem + b } else { rem }
    }
    match op {
        BinaryOp::FloorMod => floor_mod,
        BinaryOp::Pow => f32::powf,
        BinaryOp::Atan2 => f32::atan2,
        _ => unreachable!("the others have a registers' version"),
    }
}

#[inline(always)]
pub(super) unsafe fn slope<V: Floats, const W: usize>(op: SlopeOp, at: [V; W], slope: [V; W]) -> [V; W] {
    let mut out = at;
    // SAFETY: the caller's promise.
    unsafe {
        let (zero, one) = (V::splat(0.0), V::splat(1.0));
        macro_rules! of {
            ($at:ident, $slope:ident => $value:expr) => {
                each!(W; i => { let ($at, $slope) = (at[i], slope[i]); out[i] = $value })
            };
        }
        // Where no slope comes from behind there is none, also at 0.
        macro_rules! unless_zero {
            ($slope:ident, $value:expr) => {
                zero.if_less($slope.abs(), $value, $slope.abs().mul(zero))
            };
        }
        match op {
            SlopeOp::Relu => of!(x, slope => slope.where_positive(x)),
            SlopeOp::Relu6 => of!(x, slope => x.if_less(V::splat(6.0), slope.where_positive(x), zero)),
            SlopeOp::LeakyRelu { alpha } => {
                let alpha = V::splat(alpha as f32);
                of!(x, slope => zero.if_less(x, slope, alpha.mul(slope)));
            }
            SlopeOp::Elu => of!(y, slope => y.if_less(zero, slope.mul(y.add(one)), slope)),
            SlopeOp::Selu => {
                let (negative, positive) = (V::splat(SELU_SCALE_ALPHA as f32), V::splat(SELU_SCALE as f32));
                of!(y, slope => y.if_less(zero, slope.mul(y.add(negative)), slope.mul(positive)));
            }
            SlopeOp::Sigmoid => of!(y, slope => slope.mul(y).mul(one.sub(y))),
            SlopeOp::Tanh => of!(y, slope => slope.mul(one.sub(y.mul(y)))),
            SlopeOp::Softplus => of!(x, slope => slope.mul(functions::sigmoid(x))),
            SlopeOp::Softsign => of!(x, slope => { let below = one.add(x.abs()); slope.div(below.mul(below)) }),
            SlopeOp::Sqrt => of!(y, slope => unless_zero!(slope, slope.mul(V::splat(0.5)).div(y))),
            SlopeOp::Rsqrt => of!(y, slope => unless_zero!(slope, slope.mul(V::splat(-0.5)).mul(y).mul(y).mul(y))),
            SlopeOp::Reciprocal => of!(y, slope => unless_zero!(slope, V::splat(-0.0).sub(slope).mul(y).mul(y))),
        }
    }
    out
}
