//! Functions of a register of `f32`: polynomials without branches, within 3 units in the last place. NaN gives NaN everywhere.

use super::floats::Floats;
use std::f32::consts::{FRAC_2_SQRT_PI, LOG2_E};

/// Evaluates a polynomial at `$x`, highest coefficient first.
macro_rules! horner {
    ($V:ident, $x:expr; $first:expr $(, $next:expr)* $(,)?) => {{
        let x = $x;
        let sum = $V::splat($first);
        $(let sum = sum.mul_add(x, $V::splat($next));)*
        sum
    }};
}

/// ln 2 in two parts, the first short enough for a whole number times it to be exact.
const HIGH: f32 = 355.0 / 512.0;
const LOW: f32 = (std::f64::consts::LN_2 - 355.0 / 512.0) as f32;

/// `x = n·ln 2 + r` with `|r| <= ln 2 / 2`: yields `r` and `n`, for `|x| <= 2^15`.
///
/// # Safety
/// The instructions of `V` must exist; so for all functions here.
#[inline(always)]
unsafe fn reduce<V: Floats>(x: V) -> (V, V) {
    // Adding 1.5·2^23 rounds to a whole number.
    const ROUND: f32 = 12_582_912.0;
    // SAFETY: the caller's promise; so below.
    unsafe {
        let round = V::splat(ROUND);
        let n = x.mul_add(V::splat(LOG2_E), round).sub(round);
        (n.neg_mul_add(V::splat(LOW), n.neg_mul_add(V::splat(HIGH), x)), n)
    }
}

/// `exp(r) - 1` for `|r| <= ln 2 / 2`, by Taylor's series.
#[inline(always)]
unsafe fn expm1_near_zero<V: Floats>(r: V) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        let tail = horner!(V, r; 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5);
        tail.mul(r).mul_add(r, r)
    }
}

/// `eˣ`.
#[inline(always)]
pub(crate) unsafe fn exp<V: Floats>(x: V) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        // Beyond these bounds the result is 0 or infinite.
        let (r, n) = reduce(x.at_least(V::splat(-104.0)).at_most(V::splat(89.0)));
        expm1_near_zero(r).add(V::splat(1.0)).times_two_to(n)
    }
}

/// `eˣ - 1` for `x` from -30, where it is -1, to 80.
#[inline(always)]
unsafe fn expm1_below_80<V: Floats>(x: V) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        let one = V::splat(1.0);
        let (r, n) = reduce(x);
        let scale = one.times_two_to(n);
        scale.mul_add(expm1_near_zero(r), scale.sub(one))
    }
}

/// `eˣ - 1`.
#[inline(always)]
pub(crate) unsafe fn expm1<V: Floats>(x: V) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        let most = V::splat(80.0);
        let small = expm1_below_80(x.at_least(V::splat(-30.0)).at_most(most));
        most.if_less(x, exp(x), small)
    }
}

/// The hyperbolic tangent.
#[inline(always)]
pub(crate) unsafe fn tanh<V: Floats>(x: V) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        // tanh(10) rounds to 1.
        let far = x.abs().at_most(V::splat(10.0));
        let e = expm1_below_80(far.add(far));
        e.div(e.add(V::splat(2.0))).copysign(x)
    }
}

/// `1 / (1 + e⁻ˣ)`, without cancellation on either side.
#[inline(always)]
pub(crate) unsafe fn sigmoid<V: Floats>(x: V) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        let one = V::splat(1.0);
        let e = exp(V::splat(0.0).sub(x.abs()));
        x.if_less(V::splat(0.0), e, one).div(e.add(one))
    }
}

/// `ln(1 + eˣ)`, without overflow.
#[inline(always)]
pub(crate) unsafe fn softplus<V: Floats>(x: V) -> V {
    // SAFETY: the caller's promise.
    unsafe { x.relu().add(ln_1p_unit(exp(V::splat(0.0).sub(x.abs())))) }
}

/// `ln(1 + x)` for `x` from 0 to 1.
#[inline(always)]
unsafe fn ln_1p_unit<V: Floats>(x: V) -> V {
    // SAFETY: the caller's promise.
    unsafe { twice_artanh(x.div(x.add(V::splat(2.0)))) }
}

/// `2·artanh(s) = ln((1 + s) / (1 - s))` by its series, for `|s|` up to a third.
#[inline(always)]
unsafe fn twice_artanh<V: Floats>(s: V) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        let tail = horner!(V, s.mul(s); 2.0 / 15.0, 2.0 / 13.0, 2.0 / 11.0, 2.0 / 9.0, 2.0 / 7.0, 0.4, 2.0 / 3.0);
        tail.mul(s.mul(s)).mul_add(s, s.add(s))
    }
}

/// `ln x`: NaN below 0, minus infinity at it.
#[inline(always)]
pub(crate) unsafe fn ln<V: Floats>(x: V) -> V {
    /// What makes subnormal numbers normal.
    const LARGE: f32 = 8_388_608.0;
    // SAFETY: the caller's promise.
    unsafe {
        let zero = V::splat(0.0);
        let least = V::splat(f32::MIN_POSITIVE);
        let (normal, less) = (x.if_less(least, x.mul(V::splat(LARGE)), x), x.if_less(least, V::splat(23.0), zero));
        let (m, e) = normal.mantissa_and_exponent();
        let (e, m) = (e.sub(less), m.sub(V::splat(1.0)));
        // ln(1 + m) = m - m²/2 + m³·p(m), fitted from √½ - 1 to √2 - 1.
        let p = horner!(V, m;
            0.067_466_32, -0.116_756_49, 0.118_881_65, -0.124_055_89, 0.142_195_52,
            -0.166_679_96, 0.200_021_19, -0.250_000_1, 0.333_333_13);
        let square = m.mul(m);
        let low = e.mul_add(V::splat(LOW), p.mul(m).mul(square));
        let sum = e.mul_add(V::splat(HIGH), m.add(square.neg_mul_add(V::splat(0.5), low)));
        // Infinity and NaN stay, what is 0 or below has no logarithm.
        let sum = x.if_less(V::splat(f32::INFINITY), sum, x);
        let none = x.if_less(zero, V::splat(f32::NAN), V::splat(f32::NEG_INFINITY));
        zero.if_less(x, sum, x.if_less(least, none, x))
    }
}

/// `ln(1 + x)`, exact also next to 0.
#[inline(always)]
pub(crate) unsafe fn ln_1p<V: Floats>(x: V) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        let one = V::splat(1.0);
        let sum = x.add(one);
        // What rounding the sum left out, to first order.
        let rest = x.sub(sum.sub(one)).div(sum);
        let far = ln(sum);
        // Next to 0 the series, else the logarithm; where that is not finite there is no rest.
        let near = twice_artanh(x.div(x.add(V::splat(2.0))));
        let finite = far.abs().if_less(V::splat(f32::INFINITY), far.add(rest), far);
        x.abs().if_less(V::splat(0.4), near, finite)
    }
}

/// The error function.
#[inline(always)]
pub(crate) unsafe fn erf<V: Floats>(x: V) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        let (one, two) = (V::splat(1.0), V::splat(2.0));
        let far = x.abs();
        // Chebyshev fits: erf(x)/x in x² on [0, 1], and exp(x²)·erfc(x) in
        // (x - 2)/(x + 2) on [1, 4]; erf(4) rounds to 1.
        let near = far.mul(horner!(V, far.mul(far);
            7.875_875e-5, -8.016_864_3e-4, 5.189_087_4e-3, -2.685_421_2e-2,
            0.112_835_95, -0.376_126_27, FRAC_2_SQRT_PI));
        let most = far.at_most(V::splat(4.0));
        let erfcx = horner!(V, most.sub(two).div(most.add(two));
            -8.379_754e-4, 6.811_14e-3, 3.732_371_8e-3, -7.896_831e-2,
            0.241_658_2, -0.427_186, 0.255_395_68);
        let tail = exp(V::splat(0.0).sub(most.mul(most)));
        let far_value = tail.neg_mul_add(erfcx, one);
        far.if_less(one, near, far_value).copysign(x)
    }
}
