//! Arithmetic sequences.

use half::{bf16, f16};

macro_rules! range_by {
    ($($name:ident $t:ty, |$a:ident, $b:ident| $sum:expr;)*) => {$(
        #[doc = concat!("`start`, `start + delta`, … of `", stringify!($t), "`, each from the one before as TensorFlow does (`tf.range`); the caller sized `out`.")]
        pub fn $name(start: $t, delta: $t, out: &mut [$t]) {
            let mut value = start;
            for out in out {
                *out = value;
                let ($a, $b) = (value, delta);
                value = $sum;
            }
        }
    )*};
}

range_by! {
    range_f16 f16, |a, b| a + b;
    range_bf16 bf16, |a, b| a + b;
    range_f32 f32, |a, b| a + b;
    range_f64 f64, |a, b| a + b;
    range_i8 i8, |a, b| a.wrapping_add(b);
    range_i16 i16, |a, b| a.wrapping_add(b);
    range_i32 i32, |a, b| a.wrapping_add(b);
    range_i64 i64, |a, b| a.wrapping_add(b);
    range_u8 u8, |a, b| a.wrapping_add(b);
    range_u16 u16, |a, b| a.wrapping_add(b);
    range_u32 u32, |a, b| a.wrapping_add(b);
    range_u64 u64, |a, b| a.wrapping_add(b);
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
