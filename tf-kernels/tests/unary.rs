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
