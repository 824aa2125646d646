//! Arithmetic sequences.

use half::{bf16, f16};
use tf_kernels::sequence::*;

#[test]
fn ranges_of_every_type() {
    macro_rules! check {
        ($($name:ident $convert:expr;)*) => {$(
            let mut out = [Default::default(); 4];
            $name($convert(3u8), $convert(2u8), &mut out);
            assert_eq!(out, [3u8, 5, 7, 9].map($convert), stringify!($name));
        )*};
    }
    check! {
        range_f16 |x| f16::from_f32(f32::from(x)); range_bf16 |x| bf16::from_f32(f32::from(x));
        range_f32 f32::from; range_f64 f64::from; range_i8 |x| x as i8; range_i16 i16::from;
        range_i32 i32::from; range_i64 i64::from; range_u8 u8::from; range_u16 u16::from;
        range_u32 u32::from; range_u64 u64::from;
    }
    let mut out = [0; 3];
    range_i32(1, -4, &mut out);
    assert_eq!(out, [1, -3, -7]);
}

#[test]
fn roundings_do_not_add_up() {
    let mut out = [0.0; 10];
    range_f32(0.0, 0.1, &mut out);
    // TensorFlow's values; adding 0.1 to the one before would give 0.70000005 and 0.8000001.
    assert_eq!(out, [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.90000004]);
}

#[test]
fn the_last_step_of_a_range_may_leave_the_type() {
    let mut out = [0; 2];
    range_i8(100, 27, &mut out);
    assert_eq!(out, [100, 127]);
}

#[test]
fn a_linear_space_ends_exactly() {
    let mut out = [0.0f32; 7];
    linspace_f32(0.1, 0.7, &mut out);
    assert!((out[0], out[6]) == (0.1, 0.7) && out.is_sorted());
    let mut out = [0.0; 5];
    linspace_f64(10.0, 12.0, &mut out);
    assert_eq!(out, [10.0, 10.5, 11.0, 11.5, 12.0]);
    linspace_f64(3.0, 4.0, &mut out[..1]);
    assert_eq!(out[0], 3.0);
    linspace_f64(3.0, 4.0, &mut []);
}
