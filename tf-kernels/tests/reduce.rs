//! Reductions against the definition, over every set of axes.

mod support;

use support::*;
use tf_kernels::isa::{Isa, with_isa};
use tf_kernels::reduce::*;

const OPS: [ReduceOp; 5] = [ReduceOp::Sum, ReduceOp::Mean, ReduceOp::Prod, ReduceOp::Max, ReduceOp::Min];

/// The elements that each result is made of.
fn parts<T: Copy>(input: &[T], shape: &[usize], axes: &[usize]) -> Vec<Vec<T>> {
    let kept: Vec<usize> = (0..shape.len()).filter(|axis| !axes.contains(axis)).collect();
    let out_shape: Vec<usize> = kept.iter().map(|&axis| shape[axis]).collect();
    let mut parts = vec![Vec::new(); elements(&out_shape)];
    for (i, &x) in input.iter().enumerate() {
        let at = coordinates(i, shape);
        let at: Vec<usize> = kept.iter().map(|&axis| at[axis]).collect();
        parts[offset(&at, &out_shape)].push(x);
    }
    parts
}

fn reference(op: ReduceOp, part: &[f64]) -> f64 {
    match op {
        ReduceOp::Sum => part.iter().sum(),
        ReduceOp::Mean => part.iter().sum::<f64>() / part.len() as f64,
        ReduceOp::Prod => part.iter().product(),
        ReduceOp::Max => part.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        ReduceOp::Min => part.iter().copied().fold(f64::INFINITY, f64::min),
    }
}

fn subsets(rank: usize) -> impl Iterator<Item = Vec<usize>> {
    (0..1usize << rank).map(move |mask| (0..rank).filter(|i| mask >> i & 1 == 1).collect())
}

#[test]
fn every_set_of_axes() {
    let mut rng = Rng(1);
    for shape in [vec![], vec![7], vec![3, 5], vec![4, 1, 37], vec![2, 3, 4, 5], vec![3, 1, 2, 2, 3], vec![23, 5]] {
        let input: Vec<f32> = rng.f32s(elements(&shape)).iter().map(|x| x + 0.1).collect();
        let wide = widen(&input);
        for axes in subsets(shape.len()) {
            let parts = parts(&wide, &shape, &axes);
            for op in OPS {
                let want: Vec<f64> = parts.iter().map(|part| reference(op, part)).collect();
                on_every_isa(|isa| {
                    let what = format!("{op:?} of {shape:?} over {axes:?} on {isa}");
                    let mut out = vec![f32::NAN; want.len()];
                    reduce_f32(op, &input, &shape, &axes, &mut out);
                    assert_close(&widen(&out), &want, 1e-6, &what);
                    let mut out = vec![f64::NAN; want.len()];
                    reduce_f64(op, &wide, &shape, &axes, &mut out);
                    assert_close(&out, &want, 1e-13, &what);
                });
            }
        }
    }
}

#[test]
fn large_reductions_are_cut_without_seams() {
    let mut rng = Rng(2);
    for shape in [vec![300, 1001], vec![100_003, 3], vec![50, 70, 90]] {
        let input = rng.f64s(elements(&shape));
        for axes in subsets(shape.len()) {
            let parts = parts(&input, &shape, &axes);
            for op in [ReduceOp::Sum, ReduceOp::Max] {
                let want: Vec<f64> = parts.iter().map(|part| reference(op, part)).collect();
                let mut out = vec![f64::NAN; want.len()];
                reduce_f64(op, &input, &shape, &axes, &mut out);
                assert_close(&out, &want, 1e-10, &format!("{op:?} of {shape:?} over {axes:?}"));
            }
        }
    }
}

#[test]
fn long_sums_of_f32_lose_nothing() {
    // One accumulator in `f32` would stop growing at 2^24.
    let n = (1 << 24) + 1001;
    let mut out = [0.0f32];
    reduce_f32(ReduceOp::Mean, &vec![1.0; n], &[n], &[0], &mut out);
    assert_eq!(out, [1.0]);
    let mut out = [0.0f32; 2];
    reduce_f32(ReduceOp::Mean, &vec![0.1; n - 1], &[(n - 1) / 2, 2], &[0], &mut out);
    assert_eq!(out, [0.1; 2]);
}

#[test]
fn sums_do_not_depend_on_the_number_of_threads() {
    let input = Rng(3).f32s(1_000_003);
    let sum = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut out = [0.0f32];
        pool.install(|| reduce_f32(ReduceOp::Sum, &input, &[input.len()], &[0], &mut out));
        out[0].to_bits()
    };
    assert!([2, 3, 7].iter().all(|&threads| sum(threads) == sum(1)));
}

#[test]
fn integers_wrap_and_their_mean_truncates() {
    on_every_isa(|_| {
        let run = |op, input: &[i32]| {
            let mut out = [0];
            reduce_i32(op, input, &[input.len()], &[0], &mut out);
            out[0]
        };
        assert_eq!(run(ReduceOp::Sum, &[i32::MAX, 2]), i32::MIN + 1);
        assert_eq!(run(ReduceOp::Prod, &[1 << 30, 4, 3]), 0);
        assert_eq!(run(ReduceOp::Mean, &[-3, -4]), -3);
        assert_eq!(run(ReduceOp::Max, &[-3, -4]), -3);
        assert_eq!(run(ReduceOp::Min, &[-3, -4]), -4);
        let input = Rng(4).i64s(4 * 99);
        let mut out = [0; 4];
        reduce_i64(ReduceOp::Sum, &input, &[4, 99], &[1], &mut out);
        for (out, row) in out.iter().zip(input.chunks(99)) {
            assert_eq!(*out, row.iter().fold(0i64, |a, &b| a.wrapping_add(b)));
        }
    });
}

#[test]
fn reductions_of_nothing_give_the_identity() {
    let run = |op| {
        let mut out = [5.0f32; 2];
        reduce_f32(op, &[], &[2, 0], &[1], &mut out);
        out[0]
    };
    assert_eq!(run(ReduceOp::Sum), 0.0);
    assert_eq!(run(ReduceOp::Prod), 1.0);
    assert_eq!(run(ReduceOp::Max), f32::NEG_INFINITY);
    assert_eq!(run(ReduceOp::Min), f32::INFINITY);
    assert!(run(ReduceOp::Mean).is_nan());
    let mut out = [5];
    reduce_i32(ReduceOp::Mean, &[], &[0], &[0], &mut out);
    assert_eq!(out, [0]);
    reduce_f32(ReduceOp::Sum, &[], &[0, 3], &[1], &mut []);
}

#[test]
fn nan_wins_maximum_and_minimum_wherever_it_is() {
    for isa in Isa::available() {
        for at in [0, 1, 31, 32, 50, 99] {
            let mut input = [1.0f32; 100];
            input[at] = f32::NAN;
            for op in [ReduceOp::Max, ReduceOp::Min] {
                let mut out = [0.0];
                with_isa(isa, || reduce_f32(op, &input, &[100], &[0], &mut out));
                assert!(out[0].is_nan(), "{op:?} with NaN at {at} on {isa}");
            }
        }
    }
}

#[test]
fn any_and_all() {
    let mut rng = Rng(5);
    let shape = [3, 4, 2];
    let input: Vec<bool> = (0..24).map(|_| rng.below(4) > 0).collect();
    for axes in subsets(3) {
        let parts = parts(&input, &shape, &axes);
        let mut out = vec![false; parts.len()];
        reduce_bool(BoolReduceOp::Any, &input, &shape, &axes, &mut out);
        assert!(out.iter().zip(&parts).all(|(&o, part)| o == part.iter().any(|&x| x)));
        reduce_bool(BoolReduceOp::All, &input, &shape, &axes, &mut out);
        assert!(out.iter().zip(&parts).all(|(&o, part)| o == part.iter().all(|&x| x)));
    }
    let mut out = [false, true];
    reduce_bool(BoolReduceOp::All, &[], &[1, 0], &[1], &mut out[..1]);
    reduce_bool(BoolReduceOp::Any, &[], &[1, 0], &[1], &mut out[1..]);
    assert_eq!(out, [true, false]);
}
