//! Functions of one element against the standard library in `f64`.

mod support;

use support::*;
use tf_kernels::KernelError;
use tf_kernels::unary::*;

fn selu(x: f64) -> f64 {
    1.050_700_987_355_480_5 * if x > 0.0 { x } else { 1.673_263_242_354_377_3 * x.exp_m1() }
}

/// The error function by Simpson's rule, good to about 1e-13 below 6.
fn erf(x: f64) -> f64 {
    let steps = 2000;
    let h = x / f64::from(steps);
    let f = |i: i32| (-(f64::from(i) * h).powi(2)).exp();
    let sum: f64 = (1..steps).map(|i| f(i) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
    (f(0) + sum + f(steps)) * h / 3.0 * std::f64::consts::FRAC_2_SQRT_PI
}

type Case = (UnaryOp, fn(f64) -> f64);

/// Defined everywhere.
const WHOLE: [Case; 24] = [
    (UnaryOp::Neg, |x| -x),
    (UnaryOp::Abs, f64::abs),
    (UnaryOp::Sign, f64::signum),
    (UnaryOp::Square, |x| x * x),
    (UnaryOp::Reciprocal, |x| 1.0 / x),
    (UnaryOp::Exp, f64::exp),
    (UnaryOp::Expm1, f64::exp_m1),
    (UnaryOp::Sin, f64::sin),
    (UnaryOp::Cos, f64::cos),
    (UnaryOp::Atan, f64::atan),
    (UnaryOp::Sinh, f64::sinh),
    (UnaryOp::Cosh, f64::cosh),
    (UnaryOp::Tanh, f64::tanh),
    (UnaryOp::Sigmoid, |x| 1.0 / (1.0 + (-x).exp())),
    (UnaryOp::Softplus, |x| x.exp().ln_1p()),
    (UnaryOp::Softsign, |x| x / (1.0 + x.abs())),
    (UnaryOp::Relu, |x| x.max(0.0)),
    (UnaryOp::Relu6, |x| x.clamp(0.0, 6.0)),
    (UnaryOp::LeakyRelu { alpha: 0.2 }, |x| if x > 0.0 { x } else { 0.2 * x }),
    (UnaryOp::Elu, |x| if x > 0.0 { x } else { x.exp_m1() }),
    (UnaryOp::Selu, selu),
    (UnaryOp::Erf, erf),
    (UnaryOp::Floor, f64::floor),
    (UnaryOp::Ceil, f64::ceil),
];

/// Defined on `(0, 1)` at least.
const UNIT: [Case; 7] = [
    (UnaryOp::Sqrt, f64::sqrt),
    (UnaryOp::Rsqrt, |x| 1.0 / x.sqrt()),
    (UnaryOp::Log, f64::ln),
    (UnaryOp::Log1p, f64::ln_1p),
    (UnaryOp::Asin, f64::asin),
    (UnaryOp::Acos, f64::acos),
    (UnaryOp::Tan, f64::tan),
];

#[test]
fn every_function_agrees_with_the_standard_library() {
    on_every_isa(|isa| {
        let mut rng = Rng(1);
        let unit: Vec<f32> = rng.f32s(1001).iter().map(|x| x.abs().max(1e-3)).collect();
        let whole: Vec<f32> = rng.f32s(1001).iter().map(|x| 8.0 * x).collect();
        let cases = WHOLE.iter().map(|case| (case, &whole)).chain(UNIT.iter().map(|c| (c, &unit)));
        for ((op, exact), input) in cases {
            let want: Vec<f64> = input.iter().map(|&x| exact(f64::from(x))).collect();
            let mut out = vec![0.0f32; input.len()];
            unary_f32(*op, input, &mut out).unwrap();
            assert_close(&widen(&out), &want, 5e-7, &format!("{op:?} of f32 on {isa}"));
            let mut out = vec![0.0f64; input.len()];
            unary_f64(*op, &widen(input), &mut out).unwrap();
            assert_close(&out, &want, 1e-12, &format!("{op:?} of f64 on {isa}"));
        }
    });
}

#[test]
fn nan_stays_nan() {
    on_every_isa(|isa| {
        for (op, _) in WHOLE.iter().chain(&UNIT).chain(&[(UnaryOp::Round, f64::round as _)]) {
            let mut out = [0.0f32; 19];
            unary_f32(*op, &[f32::NAN; 19], &mut out).unwrap();
            assert!(out.iter().all(|x| x.is_nan()), "{op:?} of f32 on {isa}");
            let mut out = [0.0f64; 19];
            unary_f64(*op, &[f64::NAN; 19], &mut out).unwrap();
            assert!(out.iter().all(|x| x.is_nan()), "{op:?} of f64 on {isa}");
        }
    });
}

#[test]
fn infinities_give_the_limits() {
    on_every_isa(|_| {
        let (inf, ninf) = (f32::INFINITY, f32::NEG_INFINITY);
        for (op, at_inf, at_ninf) in [
            (UnaryOp::Exp, inf, 0.0),
            (UnaryOp::Tanh, 1.0, -1.0),
            (UnaryOp::Sigmoid, 1.0, 0.0),
            (UnaryOp::Softplus, inf, 0.0),
            (UnaryOp::Relu, inf, 0.0),
            (UnaryOp::Relu6, 6.0, 0.0),
            (UnaryOp::Elu, inf, -1.0),
            (UnaryOp::Erf, 1.0, -1.0),
            (UnaryOp::Sign, 1.0, -1.0),
            (UnaryOp::Reciprocal, 0.0, 0.0),
        ] {
            let mut out = [0.0; 2];
            unary_f32(op, &[inf, ninf], &mut out).unwrap();
            assert_eq!(out, [at_inf, at_ninf], "{op:?}");
        }
    });
}

#[test]
fn softplus_and_sigmoid_do_not_overflow() {
    let mut out = [0.0f32; 3];
    unary_f32(UnaryOp::Softplus, &[1000.0, -1000.0, 50.0], &mut out).unwrap();
    assert_eq!(out, [1000.0, 0.0, 50.0]);
    unary_f32(UnaryOp::Sigmoid, &[1000.0, -1000.0, -80.0], &mut out).unwrap();
    assert!(out[0] == 1.0 && out[1] == 0.0 && out[2] > 0.0);
}

#[test]
fn halves_round_to_even() {
    on_every_isa(|_| {
        let mut out = [0.0; 6];
        unary_f32(UnaryOp::Round, &[0.5, 1.5, 2.5, -0.5, -1.5, 2.4], &mut out).unwrap();
        assert_eq!(out, [0.0, 2.0, 2.0, 0.0, -2.0, 2.0]);
    });
}

#[test]
fn integers_have_the_functions_that_stay_integers() {
    let input = [5, -5, 0, i32::MIN, 100_000];
    let run = |op| {
        let mut out = [0; 5];
        unary_i32(op, &input, &mut out).map(|()| out)
    };
    assert_eq!(run(UnaryOp::Neg), Ok([-5, 5, 0, i32::MIN, -100_000]));
    assert_eq!(run(UnaryOp::Abs), Ok([5, 5, 0, i32::MIN, 100_000]));
    assert_eq!(run(UnaryOp::Sign), Ok([1, -1, 0, -1, 1]));
    assert_eq!(run(UnaryOp::Square), Ok([25, 25, 0, 0, 1_410_065_408]));
    assert_eq!(run(UnaryOp::Relu), Ok([5, 0, 0, 0, 100_000]));
    assert_eq!(run(UnaryOp::Relu6), Ok([5, 0, 0, 0, 6]));
    assert_eq!(run(UnaryOp::Round), Ok(input));
    assert_eq!(run(UnaryOp::Exp), Err(KernelError::FloatOnly));
    assert_eq!(unary_i64(UnaryOp::Sqrt, &[4], &mut [0]), Err(KernelError::FloatOnly));
}

#[test]
fn floats_are_tested_for_nan_and_infinity() {
    let input = [0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let run = |test| {
        let mut out = [false; 4];
        test_f64(test, &input, &mut out);
        out
    };
    assert_eq!(run(FloatTest::Nan), [false, true, false, false]);
    assert_eq!(run(FloatTest::Inf), [false, false, true, true]);
    assert_eq!(run(FloatTest::Finite), [true, false, false, false]);
}

#[test]
fn long_arrays_are_shared_among_threads() {
    let input = Rng(3).f32s(300_001);
    let mut out = vec![0.0; input.len()];
    unary_f32(UnaryOp::Neg, &input, &mut out).unwrap();
    assert!(out.iter().zip(&input).all(|(o, x)| *o == -x));
}

/// Distance from the exact value in units in the last place of `f32`.
fn ulps(got: f32, exact: f64) -> f64 {
    let unit = f64::from(exact.abs() as f32).max(f64::from(f32::MIN_POSITIVE)) * 2f64.powi(-23);
    (f64::from(got) - exact).abs() / unit
}

#[test]
fn polynomials_are_within_three_units_in_the_last_place() {
    let erf: fn(f64) -> f64 = |x| {
        let mut exact = [0.0];
        unary_f64(UnaryOp::Erf, &[x], &mut exact).unwrap();
        exact[0]
    };
    let sigmoid: fn(f64) -> f64 = |x| 1.0 / (1.0 + (-x).exp());
    let softplus: fn(f64) -> f64 = |x| x.max(0.0) + (-x.abs()).exp().ln_1p();
    type Sweep = (UnaryOp, f32, f32, fn(f64) -> f64);
    let cases: [Sweep; 17] = [
        (UnaryOp::Exp, -103.0, 88.7, f64::exp),
        (UnaryOp::Expm1, -30.0, 88.7, f64::exp_m1),
        (UnaryOp::Expm1, -1.0, 1.0, f64::exp_m1),
        (UnaryOp::Tanh, -12.0, 12.0, f64::tanh),
        (UnaryOp::Tanh, -0.01, 0.01, f64::tanh),
        (UnaryOp::Sigmoid, -80.0, 20.0, sigmoid),
        (UnaryOp::Softplus, -80.0, 90.0, softplus),
        (UnaryOp::Erf, -5.0, 5.0, erf),
        (UnaryOp::Log, 1e-45, 1e-38, f64::ln),
        (UnaryOp::Log, 1e-30, 1e-3, f64::ln),
        (UnaryOp::Log, 0.4, 2.1, f64::ln),
        (UnaryOp::Log, 0.99, 1.01, f64::ln),
        (UnaryOp::Log, 1.0, 3e38, f64::ln),
        (UnaryOp::Log1p, -0.999, 1.0, f64::ln_1p),
        (UnaryOp::Log1p, -1e-3, 1e-3, f64::ln_1p),
        (UnaryOp::Log1p, 1.0, 300.0, f64::ln_1p),
        (UnaryOp::Log1p, 1e3, 1e30, f64::ln_1p),
    ];
    on_every_isa(|isa| {
        for (op, low, high, exact) in cases {
            let x: Vec<f32> = (0..=200_000).map(|i| low + (high - low) * (i as f32 / 200_000.0)).collect();
            let mut out = vec![0.0; x.len()];
            unary_f32(op, &x, &mut out).unwrap();
            for (&x, &got) in x.iter().zip(&out) {
                let error = ulps(got, exact(f64::from(x)));
                assert!(error <= 3.0, "{op:?} on {isa}: {error} units in the last place at {x}");
            }
        }
    });
}

#[test]
fn ends_of_the_range_are_kept() {
    use UnaryOp::*;
    const INF: f32 = f32::INFINITY;
    let cases = [
        (Exp, INF, INF),
        (Exp, -INF, 0.0),
        (Exp, 88.8, INF),
        (Expm1, -INF, -1.0),
        (Expm1, INF, INF),
        (Tanh, -INF, -1.0),
        (Tanh, 30.0, 1.0),
        (Sigmoid, -INF, 0.0),
        (Sigmoid, INF, 1.0),
        (Softplus, INF, INF),
        (Softplus, -INF, 0.0),
        (Erf, INF, 1.0),
        (Log, 0.0, -INF),
        (Log, -0.0, -INF),
        (Log, INF, INF),
        (Log, 1.0, 0.0),
        (Log1p, -1.0, -INF),
        (Log1p, INF, INF),
        (Log1p, 0.0, 0.0),
        (Exp, 0.0, 1.0),
    ];
    on_every_isa(|isa| {
        for (op, x, want) in cases {
            let mut out = [f32::NAN];
            unary_f32(op, &[x], &mut out).unwrap();
            assert_eq!(out, [want], "{op:?} of {x} on {isa}");
        }
        for (op, x) in [Exp, Expm1, Tanh, Erf, Sigmoid, Softplus, Log, Log1p, Relu, Relu6, Elu, Selu, Sign, Floor]
            .map(|op| (op, f32::NAN))
            .into_iter()
            .chain([(Log, -1.0), (Log, -INF), (Log1p, -1.5), (Sqrt, -1.0)])
        {
            let mut out = [0.0; 21];
            unary_f32(op, &[x; 21], &mut out).unwrap();
            assert!(out.iter().all(|y| y.is_nan()), "{op:?} of {x} on {isa}");
        }
    });
}
