//! The elements of a value as bytes: little endian, row-major; texts with their lengths before them.

use crate::{
    dtype::{DType, Element},
    value::{Data, Value},
};
use bytemuck::{NoUninit, Pod};
use std::borrow::Cow;

/// How many bytes the length of a text takes.
const LENGTH: usize = size_of::<u64>();

/// The bytes that a value is stored as.
pub(super) fn bytes_of(value: &Value) -> Cow<'_, [u8]> {
    macro_rules! by_type {
        ($($variant:ident),*) => {
            match value.data() {
                $(Data::$variant(elements) => little_endian(elements),)*
                Data::String(texts) => Cow::Owned(bytes_of_texts(texts)),
            }
        };
    }
    by_type!(F16, BF16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64, Bool)
}

/// The check sum of the bytes that a value is stored as.
pub(crate) fn checksum(value: &Value) -> u32 {
    crc32c::crc32c(&bytes_of(value))
}

fn little_endian<T: NoUninit>(elements: &[T]) -> Cow<'_, [u8]> {
    let bytes: &[u8] = bytemuck::cast_slice(elements);
    if cfg!(target_endian = "little") {
        return Cow::Borrowed(bytes);
    }
    let mut swapped = bytes.to_vec();
    swapped.chunks_exact_mut(size_of::<T>()).for_each(<[u8]>::reverse);
    Cow::Owned(swapped)
}

/// The value whose `len` bytes `fill` writes. Its shape says that it has as many elements, except for texts.
///
/// # Errors
/// What `fill` refuses, and in words what the bytes cannot mean.
pub(super) fn value_of<E>(
    dtype: DType,
    shape: Vec<usize>,
    len: usize,
    fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
) -> Result<Result<Value, String>, E> {
    macro_rules! by_type {
        ($($variant:ident $t:ty),*) => {
            match dtype {
                $(DType::$variant => Ok(Ok(Value::new(shape, numbers::<$t, E>(len, fill)?))),)*
                DType::Bool => {
                    let bytes = numbers::<u8, E>(len, fill)?;
                    if let Some(byte) = bytes.iter().find(|byte| **byte > 1) {
                        return Ok(Err(format!("it holds the byte {byte} where a truth value is 0 or 1")));
                    }
                    Ok(Ok(Value::new(shape, bytes.into_iter().map(|byte| byte == 1).collect::<Vec<bool>>())))
                }
                DType::String => {
                    let bytes = numbers::<u8, E>(len, fill)?;
                    let wanted = shape.iter().product();
                    Ok(texts_of(&bytes, wanted).map(|texts| Value::new(shape, texts)))
                }
            }
        };
    }
    by_type!(
        F16 half::f16, BF16 half::bf16, F32 f32, F64 f64, I8 i8, I16 i16, I32 i32, I64 i64, U8 u8, U16 u16, U32 u32, U64 u64
    )
}

fn numbers<T: Element + Pod, E>(len: usize, fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Vec<T>, E> {
    let mut elements = vec![T::zeroed(); len / size_of::<T>()];
    let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut elements);
    fill(bytes)?;
    if cfg!(target_endian = "big") {
        bytes.chunks_exact_mut(size_of::<T>()).for_each(<[u8]>::reverse);
    }
    Ok(elements)
}

fn bytes_of_texts(texts: &[String]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(texts.iter().map(|text| LENGTH + text.len()).sum());
    for text in texts {
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes
}

fn texts_of(mut bytes: &[u8], wanted: usize) -> Result<Vec<String>, String> {
    const TOO_SHORT: &str = "its texts end too early";
    if wanted > bytes.len() / LENGTH {
        return Err(TOO_SHORT.to_owned());
    }
    let mut texts = Vec::with_capacity(wanted);
    for _ in 0..wanted {
        let (length, rest) = bytes.split_first_chunk::<LENGTH>().ok_or(TOO_SHORT)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| TOO_SHORT)?;
        let (text, rest) = rest.split_at_checked(length).ok_or(TOO_SHORT)?;
        texts.push(str::from_utf8(text).map_err(|_| "one of its texts is no UTF-8")?.to_owned());
        bytes = rest;
    }
    if bytes.is_empty() { Ok(texts) } else { Err("its texts end too late".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(value: &Value) -> Value {
        let bytes = bytes_of(value);
        let read = value_of(value.dtype(), value.shape().to_vec(), bytes.len(), |out| {
            out.copy_from_slice(&bytes);
            Ok::<(), ()>(())
        });
        read.unwrap().unwrap()
    }

    #[test]
    fn numbers_lie_in_little_endian() {
        assert_eq!(*bytes_of(&Value::scalar(0x0102_0304u32)), [4, 3, 2, 1]);
        assert_eq!(*bytes_of(&Value::scalar(1.0f32)), [0, 0, 0x80, 0x3f]);
        assert_eq!(*bytes_of(&Value::new(vec![2], vec![true, false])), [1, 0]);
    }

    #[test]
    fn texts_of_any_length_come_back() {
        let texts: Vec<String> = ["", "ä", "two\nlines"].map(str::to_owned).to_vec();
        let value = Value::new(vec![3, 1], texts.clone());
        assert_eq!(back(&value).as_slice::<String>(), Some(&texts[..]));
    }

    #[test]
    fn bytes_that_mean_nothing_are_refused() {
        let read = |dtype, shape: &[usize], bytes: &[u8]| {
            let fill = |out: &mut [u8]| {
                out.copy_from_slice(bytes);
                Ok::<(), ()>(())
            };
            value_of(dtype, shape.to_vec(), bytes.len(), fill).unwrap().unwrap_err()
        };
        assert!(read(DType::Bool, &[2], &[1, 2]).contains("the byte 2"));
        let mut long = 9u64.to_le_bytes().to_vec();
        long.push(b'x');
        assert!(read(DType::String, &[1], &long).contains("too early"));
        assert!(read(DType::String, &[usize::MAX], &[0; 8]).contains("too early"));
        assert!(read(DType::String, &[1], &[0; 9]).contains("too late"));
        let mut wrong = 1u64.to_le_bytes().to_vec();
        wrong.push(0xff);
        assert!(read(DType::String, &[1], &wrong).contains("UTF-8"));
    }
}
