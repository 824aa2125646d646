//! Functions of one `f64` that the standard library lacks. Those of `f32` are in `simd/functions.rs`. NaN gives NaN everywhere.

/// Evaluates a polynomial, highest coefficient first.
macro_rules! horner {
    ($x:expr; $first:expr $(, $next:expr)* $(,)?) => {{
        let x = $x;
        let sum = $first;
        $(let sum = sum * x + $next;)*
        sum
    }};
}

/// `1 / (1 + exp(-x))`, without cancellation on either side.
#[inline(always)]
pub(crate) fn sigmoid(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    let larger = 1.0 / (1.0 + e);
    if x < 0.0 { e * larger } else { larger }
}

/// `ln(1 + exp(x))`, without overflow.
#[inline(always)]
pub(crate) fn softplus(x: f64) -> f64 {
    let positive = if x < 0.0 { 0.0 } else { x };
    positive + (-x.abs()).exp().ln_1p()
}

/// 2/√π · ∫₀ˣ exp(-t²) dt.
#[inline(always)]
pub(crate) fn erf(x: f64) -> f64 {
    let far = x.abs();
    // Chebyshev fits: erf(x)/x in x² on [0, 1], and exp(x²)·erfc(x) in (x - 5/2)/(x + 5/2) on [1, 6].
    let value = if far < 1.0 {
        far * horner!(far * far;
            5.957_176_147_748_911e-11, -1.137_284_885_679_167_4e-9,
            1.465_977_527_404_743_5e-8, -1.635_031_270_105_469_5e-7,
            1.646_100_048_412_136_8e-6, -1.492_559_526_683_126_6e-5,
            1.205_533_111_164_271e-4, -8.548_326_980_833_79e-4,
            5.223_977_624_818_014_5e-3, -2.686_617_064_507_679_3e-2,
            0.112_837_916_709_548_79, -0.376_126_389_031_837_5,
            std::f64::consts::FRAC_2_SQRT_PI)
    } else {
        let far = if far > 6.0 { 6.0 } else { far };
        let erfcx = horner!((far - 2.5) / (far + 2.5);
            8.134_380_709_229_63e-8, -1.562_525_850_774_315_9e-6,
            -2.284_217_309_434_134_5e-6, 7.484_801_178_526_28e-6,
            1.860_971_231_461_746_4e-5, -3.417_222_927_355_303_4e-5,
            -1.288_764_961_531_719_9e-4, 2.283_795_589_660_541_4e-4,
            8.759_154_019_168_826e-4, -2.642_365_927_759_658e-3,
            -3.993_701_164_146_987e-3, 3.992_253_907_478_38e-2,
            -0.125_033_052_378_855_53, 0.251_713_193_217_456,
            -0.371_736_733_948_973_2, 0.210_806_364_061_143_57);
        1.0 - f64::exp(-far * far) * erfcx
    };
    value.copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert!((erf(x) - erf_series(x)).abs() < 4e-15, "at {x}");
        }
        assert_eq!(erf(f64::INFINITY), 1.0);
        // erfc(3) to 16 digits, from tables.
        assert!((1.0 - erf(3.0) - 2.209_049_699_858_544e-5).abs() < 2e-16);
    }

    #[test]
    fn ends_of_the_range_are_kept() {
        assert_eq!((sigmoid(f64::NEG_INFINITY), softplus(f64::INFINITY)), (0.0, f64::INFINITY));
        assert!([sigmoid, softplus, erf].iter().all(|f| f(f64::NAN).is_nan()));
    }
}
