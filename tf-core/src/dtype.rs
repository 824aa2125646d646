//! Element types: what a tensor may hold, and what may be done with it.

use half::{bf16, f16};

/// The type of a tensor's elements at run time; at build time it is the `T` of [`Tensor<T>`](crate::Tensor).
///
/// The TensorFlow symbol is `tf.DType`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DType {
    /// IEEE half precision, computed through `f32`.
    F16,
    /// bfloat16, computed through `f32`.
    BF16,
    /// Single precision.
    F32,
    /// Double precision.
    F64,
    /// 8-bit signed integer.
    I8,
    /// 16-bit signed integer.
    I16,
    /// 32-bit signed integer.
    I32,
    /// 64-bit signed integer.
    I64,
    /// 8-bit unsigned integer.
    U8,
    /// 16-bit unsigned integer.
    U16,
    /// 32-bit unsigned integer.
    U32,
    /// 64-bit unsigned integer.
    U64,
    /// Truth value, one byte.
    Bool,
    /// UTF-8 text.
    String,
}

impl DType {
    /// The name Rust gives the type: `"f32"`.
    pub const fn name(self) -> &'static str {
        match self {
            DType::F16 => "f16",
            DType::BF16 => "bf16",
            DType::F32 => "f32",
            DType::F64 => "f64",
            DType::I8 => "i8",
            DType::I16 => "i16",
            DType::I32 => "i32",
            DType::I64 => "i64",
            DType::U8 => "u8",
            DType::U16 => "u16",
            DType::U32 => "u32",
            DType::U64 => "u64",
            DType::Bool => "bool",
            DType::String => "string",
        }
    }

    /// Bytes per element; 16 for strings, the size that TensorFlow's partitioners assume for them.
    pub const fn size(self) -> usize {
        match self {
            DType::I8 | DType::U8 | DType::Bool => 1,
            DType::F16 | DType::BF16 | DType::I16 | DType::U16 => 2,
            DType::F32 | DType::I32 | DType::U32 => 4,
            DType::F64 | DType::I64 | DType::U64 => 8,
            DType::String => 16,
        }
    }

    /// Whether this is one of the floating point types.
    pub const fn is_float(self) -> bool {
        matches!(self, DType::F16 | DType::BF16 | DType::F32 | DType::F64)
    }

    /// Whether this is one of the integer types.
    pub const fn is_integer(self) -> bool {
        !self.is_float() && !matches!(self, DType::Bool | DType::String)
    }

    /// Equality that const evaluation can call (`PartialEq` it cannot).
    pub const fn is(self, other: DType) -> bool {
        self as u8 == other as u8
    }
}

impl core::fmt::Display for DType {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

mod sealed {
    pub trait Sealed {}
}

/// A Rust type that tensors hold.
///
/// Every element type can be stored, cast and compared; arithmetic needs [`Number`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an element type of tensors",
    label = "tensors hold f16, bf16, f32, f64, i8..i64, u8..u64, bool or String"
)]
pub trait Element:
    sealed::Sealed + crate::value::Storable + Clone + PartialEq + core::fmt::Debug + Default + Send + Sync + 'static
{
    /// The run-time name of this type.
    const DTYPE: DType;
}

/// An element type with arithmetic: `f16`, `bf16`, `f32`, `f64`, `i32`, `i64`.
#[diagnostic::on_unimplemented(
    message = "tensors of `{Self}` have no arithmetic",
    label = "arithmetic needs f16, bf16, f32, f64, i32 or i64",
    note = "cast first: `tf::cast::<f32, _>(x)`"
)]
pub trait Number: Element + Copy {}

/// A floating point element type: `f16`, `bf16`, `f32`, `f64`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a floating point type",
    label = "this needs f16, bf16, f32 or f64"
)]
pub trait Float: Number {}

/// An integer type that can index: `i32`, `i64`.
#[diagnostic::on_unimplemented(message = "`{Self}` cannot be an index", label = "indices are i32 or i64")]
pub trait Index: Number {}

macro_rules! elements {
    ($($t:ty = $d:ident),*) => { $(
        impl sealed::Sealed for $t {}
        impl Element for $t { const DTYPE: DType = DType::$d; }
    )* };
}
elements!(
    f16 = F16,
    bf16 = BF16,
    f32 = F32,
    f64 = F64,
    i8 = I8,
    i16 = I16,
    i32 = I32,
    i64 = I64,
    u8 = U8,
    u16 = U16,
    u32 = U32,
    u64 = U64,
    bool = Bool,
    String = String
);

macro_rules! marked {
    ($trait:ident: $($t:ty),*) => { $( impl $trait for $t {} )* };
}
marked!(Number: f16, bf16, f32, f64, i32, i64);
marked!(Float: f16, bf16, f32, f64);
marked!(Index: i32, i64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sizes_are_those_of_the_rust_types() {
        assert_eq!((<f32 as Element>::DTYPE.name(), <f32 as Element>::DTYPE.size()), ("f32", 4));
        assert_eq!((<bf16 as Element>::DTYPE.name(), <bf16 as Element>::DTYPE.size()), ("bf16", 2));
        assert_eq!((<bool as Element>::DTYPE.name(), <bool as Element>::DTYPE.size()), ("bool", 1));
        assert!(DType::U8.is_integer() && !DType::Bool.is_integer() && DType::F16.is_float());
    }
}
