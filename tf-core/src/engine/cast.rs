//! Conversions between element types.

use crate::{
    dims::Dims,
    dtype::DType,
    value::{Data, Value},
};
use half::{bf16, f16};
use tf_kernels::cast::{Numbers, NumbersMut};

/// The value with its elements converted as Rust's `as` does: rounded, truncated toward zero, saturated; a text stays a text.
pub(crate) fn cast(value: &Value, to: DType) -> Value {
    if value.dtype() == to {
        return value.clone();
    }
    let from = match value.data() {
        Data::F16(v) => Numbers::F16(v),
        Data::BF16(v) => Numbers::Bf16(v),
        Data::F32(v) => Numbers::F32(v),
        Data::F64(v) => Numbers::F64(v),
        Data::I8(v) => Numbers::I8(v),
        Data::I16(v) => Numbers::I16(v),
        Data::I32(v) => Numbers::I32(v),
        Data::I64(v) => Numbers::I64(v),
        Data::U8(v) => Numbers::U8(v),
        Data::U16(v) => Numbers::U16(v),
        Data::U32(v) => Numbers::U32(v),
        Data::U64(v) => Numbers::U64(v),
        Data::Bool(v) => Numbers::Bool(v),
        Data::String(v) => return from_text(value.shape().to_vec(), v, to),
    };
    macro_rules! into {
        ($($dtype:ident $variant:ident $t:ty;)*) => {
            match to {
                $(DType::$dtype => {
                    let mut out = vec![<$t>::default(); value.len()];
                    tf_kernels::cast::cast(from, NumbersMut::$variant(&mut out));
                    Value::new(value.shape().to_vec(), out)
                })*
                DType::String => Value::new(value.shape().to_vec(), to_text(value)),
            }
        };
    }
    into! {
        F16 F16 f16; BF16 Bf16 bf16; F32 F32 f32; F64 F64 f64; I8 I8 i8; I16 I16 i16; I32 I32 i32; I64 I64 i64;
        U8 U8 u8; U16 U16 u16; U32 U32 u32; U64 U64 u64; Bool Bool bool;
    }
}

fn to_text(value: &Value) -> Vec<String> {
    macro_rules! show {
        ($($variant:ident),*) => {
            match value.data() {
                $(Data::$variant(v) => v.iter().map(ToString::to_string).collect(),)*
            }
        };
    }
    show!(F16, BF16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64, Bool, String)
}

/// Numbers are read from their decimal text; what is none becomes NaN, or 0 where there is no NaN.
fn from_text(shape: Vec<usize>, texts: &[String], to: DType) -> Value {
    if to == DType::Bool {
        return Value::new(shape, texts.iter().map(|text| text.trim() == "true").collect::<Vec<bool>>());
    }
    if to.is_integer() {
        let numbers: Vec<i64> = texts.iter().map(|text| text.trim().parse().unwrap_or(0)).collect();
        return cast(&Value::new(shape, numbers), to);
    }
    let numbers: Vec<f64> = texts.iter().map(|text| text.trim().parse().unwrap_or(f64::NAN)).collect();
    cast(&Value::new(shape, numbers), to)
}

/// As many elements of this type as the shape says, all of them this number.
pub(crate) fn repeated(number: Numbers<'_>, shape: Dims, to: DType) -> Value {
    let count = shape.iter().product();
    macro_rules! of {
        ($($dtype:ident $variant:ident $t:ty;)*) => {
            match to {
                $(DType::$dtype => {
                    let mut one = [<$t>::default()];
                    tf_kernels::cast::cast(number, NumbersMut::$variant(&mut one));
                    Value::new(shape, vec![one[0]; count])
                })*
                DType::String => unreachable!("a number is repeated as one"),
            }
        };
    }
    of! {
        F16 F16 f16; BF16 Bf16 bf16; F32 F32 f32; F64 F64 f64; I8 I8 i8; I16 I16 i16; I32 I32 i32; I64 I64 i64;
        U8 U8 u8; U16 U16 u16; U32 U32 u32; U64 U64 u64; Bool Bool bool;
    }
}

/// A half precision value as f32; others unchanged.
pub(crate) fn widen(value: &Value) -> Value {
    if matches!(value.dtype(), DType::F16 | DType::BF16) { cast(value, DType::F32) } else { value.clone() }
}

/// A number as a scalar of this type.
pub(crate) fn number(x: f64, dtype: DType) -> Value {
    cast(&Value::scalar(x), dtype)
}
