//! Conversion between element types (`tf.cast`).

use half::{bf16, f16};

use crate::map::map;

/// Defines the pair of enums over slices and the table of conversions.
macro_rules! numbers {
    ($($variant:ident $t:ty),* $(,)?) => {
        /// The elements to convert.
        #[derive(Clone, Copy, Debug)]
        pub enum Numbers<'a> {
            $(#[doc = concat!("Elements of type `", stringify!($t), "`.")]
            $variant(&'a [$t]),)*
        }

        /// Where converted elements go.
        #[derive(Debug)]
        pub enum NumbersMut<'a> {
            $(#[doc = concat!("Elements of type `", stringify!($t), "`.")]
            $variant(&'a mut [$t]),)*
        }

        /// Converts every element of `from` as Rust's `as` does: floats to
        /// integers truncate toward zero and saturate, NaN becomes 0; integers
        /// wrap; floats round to the nearest, ties to even; a number becomes
        /// true unless it equals 0, and true becomes 1. Whatever is converted
        /// to or from `f16` and `bf16` goes through `f32`, as in TensorFlow.
        ///
        /// ```
        /// use tf_kernels::cast::{Numbers, NumbersMut, cast};
        /// let mut out = [0u8; 3];
        /// cast(Numbers::F32(&[1.9, -3.0, 1e9]), NumbersMut::U8(&mut out));
        /// assert_eq!(out, [1, 0, 255]);
        /// ```
        ///
        /// # Panics
        /// If the lengths differ.
        pub fn cast(from: Numbers<'_>, to: NumbersMut<'_>) {
            match from {
                $(Numbers::$variant(from) => cast_from(from, to),)*
            }
        }

        fn cast_from<A>(from: &[A], to: NumbersMut<'_>)
        where
            A: Copy + Sync $(+ CastTo<$t>)*,
        {
            match to {
                $(NumbersMut::$variant(to) => map(1, from, to, |x| CastTo::<$t>::cast(x)),)*
            }
        }
    };
}

numbers! {
    F16 f16, Bf16 bf16, F32 f32, F64 f64,
    I8 i8, I16 i16, I32 i32, I64 i64,
    U8 u8, U16 u16, U32 u32, U64 u64,
    Bool bool,
}

trait CastTo<R> {
    fn cast(self) -> R;
}

/// Conversions to types that `as` reaches.
macro_rules! cast_impl {
    ($($from:ty => [$($to:ty)*], |$x:ident| $value:expr;)*) => {
        $($(impl CastTo<$to> for $from {
            #[inline(always)]
            fn cast(self) -> $to {
                let $x = self;
                $value as $to
            }
        })*)*
    };
}

macro_rules! for_plain_types {
    ($($from:ty)*) => {$(
        cast_impl! { $from => [f32 f64 i8 i16 i32 i64 u8 u16 u32 u64], |x| x; }

        impl CastTo<f16> for $from {
            #[inline(always)]
            fn cast(self) -> f16 {
                f16::from_f32(self as f32)
            }
        }

        impl CastTo<bf16> for $from {
            #[inline(always)]
            fn cast(self) -> bf16 {
                bf16::from_f32(self as f32)
            }
        }

        impl CastTo<bool> for $from {
            #[inline(always)]
            fn cast(self) -> bool {
                self != 0 as $from
            }
        }
    )*};
}

for_plain_types!(f32 f64 i8 i16 i32 i64 u8 u16 u32 u64);

macro_rules! for_halves {
    ($($from:ty)*) => {$(
        cast_impl! { $from => [f32 f64 i8 i16 i32 i64 u8 u16 u32 u64], |x| x.to_f32(); }

        impl CastTo<f16> for $from {
            #[inline(always)]
            fn cast(self) -> f16 {
                f16::from_f32(self.to_f32())
            }
        }

        impl CastTo<bf16> for $from {
            #[inline(always)]
            fn cast(self) -> bf16 {
                bf16::from_f32(self.to_f32())
            }
        }

        impl CastTo<bool> for $from {
            #[inline(always)]
            fn cast(self) -> bool {
                self.to_f32() != 0.0
            }
        }
    )*};
}

for_halves!(f16 bf16);

cast_impl! { bool => [f32 f64 i8 i16 i32 i64 u8 u16 u32 u64], |x| x as u8; }

impl CastTo<f16> for bool {
    #[inline(always)]
    fn cast(self) -> f16 {
        if self { f16::ONE } else { f16::ZERO }
    }
}

impl CastTo<bf16> for bool {
    #[inline(always)]
    fn cast(self) -> bf16 {
        if self { bf16::ONE } else { bf16::ZERO }
    }
}

impl CastTo<bool> for bool {
    #[inline(always)]
    fn cast(self) -> bool {
        self
    }
}
