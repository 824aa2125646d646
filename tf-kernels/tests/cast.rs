//! Conversions against Rust's `as`.

use half::{bf16, f16};
use tf_kernels::cast::{Numbers, NumbersMut, cast};

#[test]
fn small_integers_survive_every_pair_of_types() {
    let values: [u8; 7] = [0, 1, 2, 3, 50, 100, 127];
    let f16s = values.map(|x| f16::from_f32(f32::from(x)));
    let bf16s = values.map(|x| bf16::from_f32(f32::from(x)));
    let (f32s, f64s) = (values.map(f32::from), values.map(f64::from));
    let (i8s, i16s) = (values.map(|x| x as i8), values.map(i16::from));
    let (i32s, i64s) = (values.map(i32::from), values.map(i64::from));
    let (u16s, u32s, u64s) = (values.map(u16::from), values.map(u32::from), values.map(u64::from));
    let all = [
        Numbers::F16(&f16s),
        Numbers::Bf16(&bf16s),
        Numbers::F32(&f32s),
        Numbers::F64(&f64s),
        Numbers::I8(&i8s),
        Numbers::I16(&i16s),
        Numbers::I32(&i32s),
        Numbers::I64(&i64s),
        Numbers::U8(&values),
        Numbers::U16(&u16s),
        Numbers::U32(&u32s),
        Numbers::U64(&u64s),
    ];
    for from in all {
        macro_rules! check {
            ($($variant:ident $expected:ident;)*) => {$(
                let mut out = [Default::default(); 7];
                cast(from, NumbersMut::$variant(&mut out));
                assert_eq!(out, $expected, "{from:?}");
            )*};
        }
        check! {
            F16 f16s; Bf16 bf16s; F32 f32s; F64 f64s; I8 i8s; I16 i16s; I32 i32s; I64 i64s;
            U8 values; U16 u16s; U32 u32s; U64 u64s;
        }
        let mut out = [false; 7];
        cast(from, NumbersMut::Bool(&mut out));
        assert_eq!(out, values.map(|x| x != 0), "{from:?}");
    }
}

#[test]
fn truth_is_one_in_every_type() {
    let from = Numbers::Bool(&[true, false]);
    macro_rules! check {
        ($($variant:ident $one:expr, $zero:expr;)*) => {$(
            let mut out = [Default::default(); 2];
            cast(from, NumbersMut::$variant(&mut out));
            assert_eq!(out, [$one, $zero]);
        )*};
    }
    check! {
        F16 f16::ONE, f16::ZERO; Bf16 bf16::ONE, bf16::ZERO; F32 1.0, 0.0; F64 1.0, 0.0;
        I8 1, 0; I16 1, 0; I32 1, 0; I64 1, 0; U8 1, 0; U16 1, 0; U32 1, 0; U64 1, 0;
        Bool true, false;
    }
}

#[test]
fn floats_truncate_toward_zero_and_saturate() {
    let input = [1.9f32, -1.9, 300.0, -300.0, f32::NAN, f32::INFINITY];
    let mut out = [0i8; 6];
    cast(Numbers::F32(&input), NumbersMut::I8(&mut out));
    assert_eq!(out, [1, -1, 127, -128, 0, 127]);
    let mut out = [0u64; 6];
    cast(Numbers::F32(&input), NumbersMut::U64(&mut out));
    assert_eq!(out, [1, 0, 300, 0, 0, u64::MAX]);
    let mut out = [0i32; 2];
    cast(Numbers::F16(&[f16::INFINITY, f16::NAN]), NumbersMut::I32(&mut out));
    assert_eq!(out, [i32::MAX, 0]);
}

#[test]
fn integers_wrap() {
    let mut out = [0u8; 3];
    cast(Numbers::I32(&[-1, 256, 511]), NumbersMut::U8(&mut out));
    assert_eq!(out, [255, 0, 255]);
    let mut out = [0i64; 1];
    cast(Numbers::U64(&[u64::MAX]), NumbersMut::I64(&mut out));
    assert_eq!(out, [-1]);
}

#[test]
fn nan_is_true_and_negative_zero_is_false() {
    let mut out = [false; 3];
    cast(Numbers::F64(&[f64::NAN, -0.0, 1e-300]), NumbersMut::Bool(&mut out));
    assert_eq!(out, [true, false, true]);
}

#[test]
fn halves_round_to_even() {
    let mut out = [f16::ZERO; 2];
    cast(Numbers::F32(&[2049.0, 2051.0]), NumbersMut::F16(&mut out));
    assert_eq!(out.map(f16::to_f32), [2048.0, 2052.0]);
    let mut out = [bf16::ZERO; 2];
    cast(Numbers::I32(&[257, 259]), NumbersMut::Bf16(&mut out));
    assert_eq!(out.map(bf16::to_f32), [256.0, 260.0]);
}
