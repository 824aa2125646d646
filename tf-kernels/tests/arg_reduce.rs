//! Positions of extremes.

mod support;

use half::{bf16, f16};
use support::*;
use tf_kernels::arg_reduce::*;

#[test]
fn the_first_extreme_along_any_axis() {
    let mut rng = Rng(1);
    for shape in [vec![1], vec![9], vec![4, 70], vec![70, 4], vec![3, 5, 130], vec![400, 300]] {
        // Few different values, so that there are ties.
        let input: Vec<i32> = (0..elements(&shape)).map(|_| rng.below(6) as i32).collect();
        for axis in 0..shape.len() {
            let out_shape = [&shape[..axis], &shape[axis + 1..]].concat();
            let lines: Vec<Vec<i32>> = (0..elements(&out_shape))
                .map(|i| {
                    let mut at = coordinates(i, &out_shape);
                    at.insert(axis, 0);
                    let line = (0..shape[axis]).map(|j| {
                        at[axis] = j;
                        input[offset(&at, &shape)]
                    });
                    line.collect()
                })
                .collect();
            let first = |line: &[i32], x: i32| line.iter().position(|&y| y == x).unwrap() as i64;
            let mut out = vec![-1; lines.len()];
            arg_i32(ArgOp::Max, &input, &shape, axis, &mut out);
            assert!(out.iter().zip(&lines).all(|(&o, l)| o == first(l, *l.iter().max().unwrap())));
            arg_i32(ArgOp::Min, &input, &shape, axis, &mut out);
            assert!(out.iter().zip(&lines).all(|(&o, l)| o == first(l, *l.iter().min().unwrap())));
        }
    }
}

#[test]
fn every_type_is_searched() {
    macro_rules! check {
        ($($name:ident $convert:expr;)*) => {$(
            let input = [3u8, 1, 4, 1, 5, 0, 5].map($convert);
            let mut out = [0; 2];
            $name(ArgOp::Max, &input, &[7], 0, &mut out[..1]);
            $name(ArgOp::Min, &input, &[7], 0, &mut out[1..]);
            assert_eq!(out, [4, 5], stringify!($name));
        )*};
    }
    check! {
        arg_f16 |x| f16::from_f32(x.into()); arg_bf16 |x| bf16::from_f32(x.into());
        arg_f32 f32::from; arg_f64 f64::from; arg_i8 |x| x as i8; arg_i16 i16::from;
        arg_i32 i32::from; arg_i64 i64::from; arg_u8 |x| x; arg_u16 u16::from;
        arg_u32 u32::from; arg_u64 u64::from;
    }
}

#[test]
fn nan_never_wins() {
    let nan = f32::NAN;
    for (input, max, min) in [
        ([nan, 1.0, 2.0], 2, 1),
        ([2.0, nan, 1.0], 0, 2),
        ([nan, nan, 1.0], 2, 2),
        ([nan, nan, nan], 0, 0),
        ([f32::NEG_INFINITY, nan, f32::INFINITY], 2, 0),
    ] {
        let mut out = [9];
        arg_f32(ArgOp::Max, &input, &[3], 0, &mut out);
        assert_eq!(out, [max], "{input:?}");
        arg_f32(ArgOp::Min, &input, &[3], 0, &mut out);
        assert_eq!(out, [min], "{input:?}");
    }
}
