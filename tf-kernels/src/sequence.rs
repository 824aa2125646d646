//! Arithmetic sequences.

use half::{bf16, f16};

macro_rules! range {
    ($($name:ident $t:ty, |$start:ident, $i:ident, $delta:ident| $value:expr;)*) => {$(
        #[doc = concat!("`start + i * delta` of `", stringify!($t), "`, so that no rounding adds up (`tf.range`); the caller sized `out`.")]
        pub fn $name($start: $t, $delta: $t, out: &mut [$t]) {
            for ($i, out) in out.iter_mut().enumerate() {
                *out = $value;
            }
        }
    )*};
}

range! {
    range_f16 f16, |start, i, delta| f16::from_f32(start.to_f32() + i as f32 * delta.to_f32());
    range_bf16 bf16, |start, i, delta| bf16::from_f32(start.to_f32() + i as f32 * delta.to_f32());
    range_f32 f32, |start, i, delta| start + i as f32 * delta;
    range_f64 f64, |start, i, delta| start + i as f64 * delta;
    range_i8 i8, |start, i, delta| start.wrapping_add((i as i8).wrapping_mul(delta));
    range_i16 i16, |start, i, delta| start.wrapping_add((i as i16).wrapping_mul(delta));
    range_i32 i32, |start, i, delta| start.wrapping_add((i as i32).wrapping_mul(delta));
    range_i64 i64, |start, i, delta| start.wrapping_add((i as i64).wrapping_mul(delta));
    range_u8 u8, |start, i, delta| start.wrapping_add((i as u8).wrapping_mul(delta));
    range_u16 u16, |start, i, delta| start.wrapping_add((i as u16).wrapping_mul(delta));
    range_u32 u32, |start, i, delta| start.wrapping_add((i as u32).wrapping_mul(delta));
    range_u64 u64, |start, i, delta| start.wrapping_add((i as u64).wrapping_mul(delta));
}

macro_rules! linspace {
    ($($name:ident $t:ty;)*) => {$(
        #[doc = concat!("Evenly spaced `", stringify!($t), "` values from `start` to exactly `stop`; a single one is `start` (`tf.linspace`).")]
        pub fn $name(start: $t, stop: $t, out: &mut [$t]) {
            let Some((last, rest)) = out.split_last_mut() else { return };
            if rest.is_empty() {
                *last = start;
                return;
            }
            let step = (stop - start) / rest.len() as $t;
            for (i, out) in rest.iter_mut().enumerate() {
                *out = start + step * i as $t;
            }
            *last = stop;
        }
    )*};
}

linspace! {
    linspace_f32 f32;
    linspace_f64 f64;
}
