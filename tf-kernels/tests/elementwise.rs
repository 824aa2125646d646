//! Arithmetic with broadcasting against one element at a time in `f64`.

mod support;

use support::*;
use tf_kernels::KernelError;
use tf_kernels::elementwise::*;

const OPS: [BinaryOp; 11] = [
    BinaryOp::Add,
    BinaryOp::Sub,
    BinaryOp::Mul,
    BinaryOp::Div,
    BinaryOp::FloorDiv,
    BinaryOp::FloorMod,
    BinaryOp::Maximum,
    BinaryOp::Minimum,
    BinaryOp::Pow,
    BinaryOp::SquaredDifference,
    BinaryOp::Atan2,
];

fn reference(op: BinaryOp, a: f64, b: f64) -> f64 {
    match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div => a / b,
        BinaryOp::FloorDiv => (a / b).floor(),
        BinaryOp::FloorMod => a - (a / b).floor() * b,
        BinaryOp::Maximum => a.max(b),
        BinaryOp::Minimum => a.min(b),
        BinaryOp::Pow => a.powf(b),
        BinaryOp::SquaredDifference => (a - b).powi(2),
        BinaryOp::Atan2 => a.atan2(b),
    }
}

#[test]
fn operands_broadcast_by_the_rule_of_numpy() {
    on_every_isa(|isa| {
        let mut rng = Rng(1);
        for round in 0..150 {
            let rank = rng.below(6);
            let shape = rng.shape(rank, 6);
            let (a_shape, b_shape) = (rng.broadcastable(&shape), rng.broadcastable(&shape));
            let shape = tf_kernels::broadcast::broadcast_shape(&a_shape, &b_shape).unwrap();
            let a = rng.f64s(elements(&a_shape));
            let b = rng.f64s(elements(&b_shape));
            let op = OPS[round % OPS.len()];
            let mut out = vec![0.0; elements(&shape)];
            binary_f64(op, &a, &a_shape, &b, &b_shape, &mut out, &shape).unwrap();
            let (a, b) = (spread(&a, &a_shape, &shape), spread(&b, &b_shape, &shape));
            let want: Vec<f64> = a.iter().zip(&b).map(|(&a, &b)| reference(op, a, b)).collect();
            assert_close(&out, &want, 1e-12, &format!("{op:?} on {isa}, {a_shape:?} {b_shape:?}"));
        }
    });
}

#[test]
fn every_operation_of_f32_agrees_with_f64() {
    on_every_isa(|isa| {
        let mut rng = Rng(2);
        let n = 1003;
        let a: Vec<f32> = rng.f32s(n).iter().map(|x| x.abs() + 0.1).collect();
        // Quotients that are not near an integer: the floor would be a matter of luck.
        let b: Vec<f32> = a.iter().map(|a| a / (0.2 + rng.below(5) as f32)).collect();
        for op in OPS {
            let mut out = vec![0.0; n];
            binary_f32(op, &a, &[n], &b, &[n], &mut out, &[n]).unwrap();
            let pairs = a.iter().zip(&b).map(|(&a, &b)| (f64::from(a), f64::from(b)));
            let want: Vec<f64> = pairs.map(|(a, b)| reference(op, a, b)).collect();
            assert_close(&widen(&out), &want, 2e-6, &format!("{op:?} on {isa}"));
        }
    });
}

#[test]
fn a_bias_of_any_width_is_added_to_the_last_axis_from_either_side() {
    on_every_isa(|_| {
        let mut rng = Rng(3);
        for width in (1..40).chain([63, 64, 127, 128, 129, 300]) {
            let rows = 1 + rng.below(2000 / width + 40);
            let (a, b) = (rng.f32s(rows * width), rng.f32s(width));
            let want: Vec<f32> = (0..rows * width).map(|i| a[i] - b[i % width]).collect();
            let mut out = vec![0.0; rows * width];
            let (shape, bias) = ([rows, width], [width]);
            binary_f32(BinaryOp::Sub, &a, &shape, &b, &bias, &mut out, &shape).unwrap();
            assert_eq!(out, want);
            let want: Vec<f32> = want.iter().map(|x| -x).collect();
            binary_f32(BinaryOp::Sub, &b, &bias, &a, &shape, &mut out, &shape).unwrap();
            assert_eq!(out, want);
        }
    });
}

#[test]
fn work_shared_among_threads_gives_the_same_result() {
    let mut rng = Rng(4);
    for (a_shape, b_shape) in [
        (vec![700, 301], vec![700, 301]),
        (vec![700, 301], vec![]),
        (vec![7000, 31], vec![31]),
        (vec![700, 301], vec![700, 1]),
        (vec![30, 1, 70, 11], vec![10, 1, 11]),
    ] {
        let shape = tf_kernels::broadcast::broadcast_shape(&a_shape, &b_shape).unwrap();
        let (a, b) = (rng.f32s(elements(&a_shape)), rng.f32s(elements(&b_shape)));
        let mut out = vec![0.0; elements(&shape)];
        binary_f32(BinaryOp::Mul, &a, &a_shape, &b, &b_shape, &mut out, &shape).unwrap();
        let (a, b) = (spread(&a, &a_shape, &shape), spread(&b, &b_shape, &shape));
        assert!(out.iter().zip(a.iter().zip(&b)).all(|(&o, (a, b))| o == a * b));
    }
}

#[test]
fn every_path_gives_the_same_bits() {
    let mut rng = Rng(5);
    let n = 517;
    let (a, b) = (rng.f32s(n), rng.f32s(n));
    for op in OPS {
        let run = |isa| {
            let mut out = vec![0.0; n];
            tf_kernels::isa::with_isa(isa, || {
                binary_f32(op, &a, &[n], &b, &[n], &mut out, &[n]).unwrap();
            });
            out.iter().map(|x: &f32| x.to_bits()).collect::<Vec<_>>()
        };
        let paths: Vec<_> = tf_kernels::Isa::available().map(run).collect();
        assert!(paths.windows(2).all(|pair| pair[0] == pair[1]), "{op:?}");
    }
}

#[test]
fn maximum_and_minimum_keep_nan_from_either_side() {
    on_every_isa(|_| {
        let (a, b) = ([f32::NAN, 1.0, f32::NAN, 2.0], [1.0, f32::NAN, f32::NAN, 3.0]);
        for (op, last) in [(BinaryOp::Maximum, 3.0), (BinaryOp::Minimum, 2.0)] {
            let mut out = [0.0; 4];
            binary_f32(op, &a, &[4], &b, &[4], &mut out, &[4]).unwrap();
            assert!(out[..3].iter().all(|x| x.is_nan()) && out[3] == last);
        }
    });
}

#[test]
fn integer_division_truncates_and_floor_division_floors() {
    let (a, b) = ([7, -7, 7, -7, 6, -6, i32::MIN], [2, 2, -2, -2, 3, 3, -1]);
    let run = |op| {
        let mut out = [0; 7];
        binary_i32(op, &a, &[7], &b, &[7], &mut out, &[7]).unwrap();
        out
    };
    assert_eq!(run(BinaryOp::Div), [3, -3, -3, 3, 2, -2, i32::MIN]);
    assert_eq!(run(BinaryOp::FloorDiv), [3, -4, -4, 3, 2, -2, i32::MIN]);
    assert_eq!(run(BinaryOp::FloorMod), [1, 1, -1, -1, 0, 0, 0]);
}

#[test]
fn float_floor_modulus_has_the_sign_of_the_divisor() {
    let (a, b) = ([7.5, -7.5, 7.5, -7.5, 6.0], [2.0, 2.0, -2.0, -2.0, -3.0]);
    let mut out = [0.0; 5];
    binary_f64(BinaryOp::FloorMod, &a, &[5], &b, &[5], &mut out, &[5]).unwrap();
    assert_eq!(out, [1.5, 0.5, -0.5, -1.5, 0.0]);
}

#[test]
fn integer_arithmetic_wraps() {
    on_every_isa(|_| {
        let mut rng = Rng(6);
        let n = 401;
        let (a, b) = (rng.i64s(n), rng.i64s(n));
        for (op, exact) in [
            (BinaryOp::Add, i64::wrapping_add as fn(i64, i64) -> i64),
            (BinaryOp::Sub, i64::wrapping_sub),
            (BinaryOp::Mul, i64::wrapping_mul),
            (BinaryOp::Maximum, i64::max),
            (BinaryOp::Minimum, i64::min),
        ] {
            let mut out = vec![0; n];
            binary_i64(op, &a, &[n], &b, &[n], &mut out, &[n]).unwrap();
            assert!(out.iter().zip(a.iter().zip(&b)).all(|(&o, (&a, &b))| o == exact(a, b)));
        }
        let mut out = [0; 3];
        binary_i32(BinaryOp::Pow, &[3, -2, 7], &[3], &[4, 31, 0], &[3], &mut out, &[3]).unwrap();
        assert_eq!(out, [81, i32::MIN, 1]);
    });
}

#[test]
fn integer_division_by_zero_is_an_error() {
    for op in [BinaryOp::Div, BinaryOp::FloorDiv, BinaryOp::FloorMod] {
        let mut out = [5, 5];
        let result = binary_i32(op, &[1, 2], &[2], &[1, 0], &[2], &mut out, &[2]);
        assert_eq!((result, out), (Err(KernelError::DivideByZero), [5, 5]));
    }
    let result = binary_i64(BinaryOp::Div, &[], &[0, 1], &[0], &[1], &mut [], &[0, 1]);
    assert_eq!(result, Ok(()), "nothing is divided");
}

#[test]
fn a_negative_integer_power_and_an_integer_angle_are_errors() {
    let mut out = [0];
    let result = binary_i64(BinaryOp::Pow, &[2], &[1], &[-1], &[1], &mut out, &[1]);
    assert_eq!(result, Err(KernelError::NegativeExponent));
    let result = binary_i32(BinaryOp::Atan2, &[2], &[1], &[1], &[1], &mut [0], &[1]);
    assert_eq!(result, Err(KernelError::FloatOnly));
}

#[test]
fn shapes_broadcast_or_do_not() {
    use tf_kernels::broadcast::broadcast_shape;
    assert_eq!(broadcast_shape(&[], &[]), Some(vec![]));
    assert_eq!(broadcast_shape(&[2, 1], &[3]), Some(vec![2, 3]));
    assert_eq!(broadcast_shape(&[0], &[1]), Some(vec![0]));
    assert_eq!(broadcast_shape(&[0], &[2]), None);
    assert_eq!(broadcast_shape(&[4, 3], &[4]), None);
}
