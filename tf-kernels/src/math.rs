//! Functions of one number that the standard library lacks, or has only as a
//! call that the compiler cannot vectorise.

/// Mathematics of `f32` and `f64`. The `f32` versions are polynomials without
/// calls and branches, within 3 units in the last place; the `f64` versions
/// lean on the standard library. NaN gives NaN everywhere.
pub(crate) trait Math: Copy {
    fn exp(self) -> Self;
    fn expm1(self) -> Self;
    fn tanh(self) -> Self;
    /// 2/√π · ∫₀ˣ exp(-t²) dt.
    fn erf(self) -> Self;
    /// 1 / (1 + exp(-x)), without cancellation on either side.
    fn sigmoid(self) -> Self;
    /// ln(1 + exp(x)), without overflow.
    fn softplus(self) -> Self;
    /// ln(1 + x) for `x` in `[0, 1]`.
    fn ln_1p_unit(self) -> Self;
}

macro_rules! logistic {
    ($t:ty) => {
        #[inline(always)]
        fn sigmoid(self) -> $t {
            let e = Math::exp(-self.abs());
            let larger = 1.0 / (1.0 + e);
            if self < 0.0 { e * larger } else { larger }
        }

        #[inline(always)]
        fn softplus(self) -> $t {
            let positive = if self < 0.0 { 0.0 } else { self };
            positive + Math::exp(-self.abs()).ln_1p_unit()
        }
    };
}

/// Evaluates a polynomial, highest coefficient first.
macro_rules! horner {
    ($x:expr; $first:expr $(, $next:expr)* $(,)?) => {{
        let x = $x;
        let sum = $first;
        $(let sum = sum * x + $next;)*
        sum
    }};
}

/// `x = n·ln 2 + r` with `|r| <= ln 2 / 2`: returns `r` and `n`, for
/// `|x| <= 2^15`.
#[inline(always)]
fn reduce(x: f32) -> (f32, i32) {
    // Adding 1.5·2^23 rounds to an integer and leaves it in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, the first short enough for `n` times it to be exact.
    const HIGH: f32 = 355.0 / 512.0;
    const LOW: f32 = (std::f64::consts::LN_2 - 355.0 / 512.0) as f32;
    let r = (x - n * HIGH) - n * LOW;
    (r, shifted.to_bits().wrapping_sub(ROUND.to_bits()) as i32)
}

/// `2^n` for `n` in -126..=127.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits(((n.wrapping_add(127)) as u32) << 23)
}

/// `(exp(r) - 1 - r) / r²` for `|r| <= ln 2 / 2`, by Taylor's series.
#[inline(always)]
fn exp_tail(r: f32) -> f32 {
    horner!(r; 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5)
}

impl Math for f32 {
    #[inline(always)]
    fn exp(self) -> f32 {
        // Beyond these bounds the result is 0 or infinite.
        let (r, n) = reduce(self.clamp(-104.0, 89.0));
        let p = (exp_tail(r) * r * r + r) + 1.0;
        // Two factors, as 2^n itself may be subnormal or overflow.
        let half = n >> 1;
        p * power_of_two(half) * power_of_two(n.wrapping_sub(half))
    }

    #[inline(always)]
    fn expm1(self) -> f32 {
        let (r, n) = reduce(self.clamp(-30.0, 80.0));
        let q = exp_tail(r) * r * r + r;
        let scale = power_of_two(n);
        let small = scale * q + (scale - 1.0);
        if self > 80.0 { Math::exp(self) } else { small }
    }

    #[inline(always)]
    fn tanh(self) -> f32 {
        let x = self.abs();
        // tanh(10) rounds to 1.
        let e = Math::expm1(2.0 * if x > 10.0 { 10.0 } else { x });
        (e / (e + 2.0)).copysign(self)
    }

    #[inline(always)]
    fn erf(self) -> f32 {
        let x = self.abs();
        // Chebyshev fits: erf(x)/x in x² on [0, 1], and exp(x²)·erfc(x) in
        // (x - 2)/(x + 2) on [1, 4]; erf(4) rounds to 1.
        let near = x * horner!(x * x;
            7.875_875e-5, -8.016_864_3e-4, 5.189_087_4e-3, -2.685_421_2e-2,
            0.112_835_95, -0.376_126_27, std::f32::consts::FRAC_2_SQRT_PI);
        let x = if x > 4.0 { 4.0 } else { x };
        let erfcx = horner!((x - 2.0) / (x + 2.0);
            -8.379_754e-4, 6.811_14e-3, 3.732_371_8e-3, -7.896_831e-2,
            0.241_658_2, -0.427_186, 0.255_395_68);
        let far = 1.0 - Math::exp(-x * x) * erfcx;
        (if x < 1.0 { near } else { far }).copysign(self)
    }

    #[inline(always)]
    fn ln_1p_unit(self) -> f32 {
        // 2·artanh(s) by its series; s is at most 1/3.
        let s = self / (2.0 + self);
        2.0 * s
            * horner!(s * s; 1.0 / 15.0, 1.0 / 13.0, 1.0 / 11.0, 1.0 / 9.0, 1.0 / 7.0, 0.2,
                1.0 / 3.0, 1.0)
    }

    logistic!(f32);
}

impl Math for f64 {
    #[inline(always)]
    fn exp(self) -> f64 {
        f64::exp(self)
    }

    #[inline(always)]
    fn expm1(self) -> f64 {
        f64::exp_m1(self)
    }

    #[inline(always)]
    fn tanh(self) -> f64 {
        f64::tanh(self)
    }

    #[inline(always)]
    fn erf(self) -> f64 {
        let x = self.abs();
        // As for `f32`, the second fit in (x - 5/2)/(x + 5/2) on [1, 6].
        let value = if x < 1.0 {
            x * horner!(x * x;
                5.957_176_147_748_911e-11, -1.137_284_885_679_167_4e-9,
                1.465_977_527_404_743_5e-8, -1.635_031_270_105_469_5e-7,
                1.646_100_048_412_136_8e-6, -1.492_559_526_683_126_6e-5,
                1.205_533_111_164_271e-4, -8.548_326_980_833_79e-4,
                5.223_977_624_818_014_5e-3, -2.686_617_064_507_679_3e-2,
                0.112_837_916_709_548_79, -0.376_126_389_031_837_5,
                std::f64::consts::FRAC_2_SQRT_PI)
        } else {
            let x = if x > 6.0 { 6.0 } else { x };
            let erfcx = horner!((x - 2.5) / (x + 2.5);
                8.134_380_709_229_63e-8, -1.562_525_850_774_315_9e-6,
                -2.284_217_309_434_134_5e-6, 7.484_801_178_526_28e-6,
                1.860_971_231_461_746_4e-5, -3.417_222_927_355_303_4e-5,
                -1.288_764_961_531_719_9e-4, 2.283_795_589_660_541_4e-4,
                8.759_154_019_168_826e-4, -2.642_365_927_759_658e-3,
                -3.993_701_164_146_987e-3, 3.992_253_907_478_38e-2,
                -0.125_033_052_378_855_53, 0.251_713_193_217_456,
                -0.371_736_733_948_973_2, 0.210_806_364_061_143_57);
            1.0 - f64::exp(-x * x) * erfcx
        };
        value.copysign(self)
    }

    #[inline(always)]
    fn ln_1p_unit(self) -> f64 {
        self.ln_1p()
    }

    logistic!(f64);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance from the exact value in units in the last place of `f32`.
    fn ulps(got: f32, exact: f64) -> f64 {
        let unit = f64::from(exact.abs() as f32).max(f64::from(f32::MIN_POSITIVE)) * 2f64.powi(-23);
        (f64::from(got) - exact).abs() / unit
    }

    fn sweep(low: f32, high: f32, f: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) {
        for i in 0..=200_000 {
            let x = low + (high - low) * (i as f32 / 200_000.0);
            let error = ulps(f(x), exact(f64::from(x)));
            assert!(error <= 3.0, "{error} units in the last place at {x}");
        }
    }

    #[test]
    fn polynomials_are_within_three_units_in_the_last_place() {
        sweep(-103.0, 88.7, Math::exp, f64::exp);
        sweep(-30.0, 88.7, Math::expm1, f64::exp_m1);
        sweep(-1.0, 1.0, Math::expm1, f64::exp_m1);
        sweep(-12.0, 12.0, Math::tanh, f64::tanh);
        sweep(-0.01, 0.01, Math::tanh, f64::tanh);
        sweep(-80.0, 20.0, Math::sigmoid, |x| 1.0 / (1.0 + (-x).exp()));
        sweep(-80.0, 90.0, Math::softplus, |x| x.max(0.0) + (-x.abs()).exp().ln_1p());
        sweep(-5.0, 5.0, Math::erf, <f64 as Math>::erf);
    }

    /// The alternating series of erf, exact enough where it does not cancel.
    fn erf_series(x: f64) -> f64 {
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    }

    #[test]
    fn erf_agrees_with_its_series() {
        for i in -2000..=2000 {
            let x = f64::from(i) / 1000.0;
            assert!((Math::erf(x) - erf_series(x)).abs() < 4e-15, "at {x}");
        }
        assert_eq!(Math::erf(f64::INFINITY), 1.0);
        // erfc(3) to 16 digits, from tables.
        assert!((1.0 - Math::erf(3f64) - 2.209_049_699_858_544e-5).abs() < 2e-16);
    }

    #[test]
    fn ends_of_the_range_are_kept() {
        assert_eq!(Math::exp(f32::INFINITY), f32::INFINITY);
        assert_eq!(Math::exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(Math::exp(88.8f32), f32::INFINITY);
        assert_eq!(Math::expm1(f32::NEG_INFINITY), -1.0);
        assert_eq!(Math::expm1(f32::INFINITY), f32::INFINITY);
        assert_eq!(Math::tanh(f32::NEG_INFINITY), -1.0);
        assert_eq!(Math::sigmoid(f32::NEG_INFINITY), 0.0);
        assert_eq!(Math::softplus(f32::INFINITY), f32::INFINITY);
        let nan = [Math::exp, Math::expm1, Math::tanh, Math::erf, Math::sigmoid, Math::softplus]
            .map(|f: fn(f32) -> f32| f(f32::NAN));
        assert!(nan.iter().all(|y| y.is_nan()));
    }
}
