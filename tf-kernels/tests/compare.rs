//! Comparisons and logic against the operators of Rust.

mod support;

use half::{bf16, f16};
use support::*;
use tf_kernels::compare::*;

const OPS: [CompareOp; 6] = [
    CompareOp::Equal,
    CompareOp::NotEqual,
    CompareOp::Less,
    CompareOp::LessEqual,
    CompareOp::Greater,
    CompareOp::GreaterEqual,
];

fn reference<T: PartialOrd>(op: CompareOp, a: T, b: T) -> bool {
    match op {
        CompareOp::Equal => a == b,
        CompareOp::NotEqual => a != b,
        CompareOp::Less => a < b,
        CompareOp::LessEqual => a <= b,
        CompareOp::Greater => a > b,
        CompareOp::GreaterEqual => a >= b,
    }
}

macro_rules! check {
    ($($name:ident: |$rng:ident| $value:expr;)*) => {$(
        let mut rng = Rng(1);
        let $rng = &mut rng;
        for op in OPS {
            let a: Vec<_> = (0..24).map(|_| $value).collect();
            let b: Vec<_> = (0..4).map(|_| $value).collect();
            let mut out = [false; 24];
            $name(op, &a, &[2, 3, 4], &b, &[4], &mut out, &[2, 3, 4]);
            for i in 0..24 {
                assert_eq!(out[i], reference(op, a[i], b[i % 4]), "{} {op:?}", stringify!($name));
            }
        }
    )*};
}

#[test]
fn every_type_compares() {
    check! {
        compare_f16: |rng| f16::from_f32(rng.below(3) as f32);
        compare_bf16: |rng| bf16::from_f32(rng.below(3) as f32);
        compare_f32: |rng| rng.below(3) as f32;
        compare_f64: |rng| rng.below(3) as f64;
        compare_i8: |rng| rng.below(3) as i8 - 1;
        compare_i16: |rng| rng.below(3) as i16 - 1;
        compare_i32: |rng| rng.below(3) as i32 - 1;
        compare_i64: |rng| rng.below(3) as i64 - 1;
        compare_u8: |rng| rng.below(3) as u8;
        compare_u16: |rng| rng.below(3) as u16;
        compare_u32: |rng| rng.below(3) as u32;
        compare_u64: |rng| rng.below(3) as u64;
        compare_bool: |rng| rng.below(2) == 1;
    }
}

#[test]
fn nan_is_only_unequal() {
    on_every_isa(|_| {
        for op in OPS {
            let mut out = [false; 21];
            compare_f32(op, &[f32::NAN; 21], &[21], &[f32::NAN], &[], &mut out, &[21]);
            assert_eq!(out, [op == CompareOp::NotEqual; 21]);
        }
    });
}

#[test]
fn logic_follows_the_truth_tables() {
    let (a, b) = ([false, false, true, true], [false, true, false, true]);
    for (op, want) in [
        (LogicalOp::And, [false, false, false, true]),
        (LogicalOp::Or, [false, true, true, true]),
        (LogicalOp::Xor, [false, true, true, false]),
    ] {
        let mut out = [false; 4];
        logical(op, &a, &[4], &b, &[4], &mut out, &[4]);
        assert_eq!(out, want);
        let mut out = [false; 4];
        logical(op, &[false, true], &[2, 1], &[false, true], &[2], &mut out, &[2, 2]);
        assert_eq!(out, want, "broadcast");
    }
    let mut out = [false; 2];
    logical_not(&[true, false], &mut out);
    assert_eq!(out, [false, true]);
}
