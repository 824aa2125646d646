//! Constants of initializers: one value, or a list with one for each element.

use crate::{dtype::DType, text::str_eq};

/// A constant of an initializer.
#[derive(Clone, Copy, Debug)]
pub enum Literal {
    /// One number.
    Float(f64),
    /// One integer.
    Int(i64),
    /// One truth value.
    Bool(bool),
    /// One text.
    Str(&'static str),
    /// One number for each element.
    F32s(&'static [f32]),
    /// One number for each element.
    F64s(&'static [f64]),
    /// One integer for each element.
    I32s(&'static [i32]),
    /// One integer for each element.
    I64s(&'static [i64]),
    /// One integer for each element.
    U8s(&'static [u8]),
    /// One truth value for each element.
    Bools(&'static [bool]),
    /// One text for each element.
    Strs(&'static [&'static str]),
}

mod kind {
    #[derive(Clone, Copy)]
    pub enum Of {
        F32,
        F64,
        I8,
        I16,
        I32,
        I64,
        U8,
        U16,
        U32,
        Usize,
        Bool,
        Str,
    }
    #[derive(Clone, Copy)]
    pub enum LiteralKind {
        One(Of),
        /// A reference to this many, one after the other.
        Array(Of, usize),
        Slice(Of),
    }
}
use kind::{LiteralKind, Of};

/// What [`constant_initializer`](crate::constant_initializer) takes: a number, a truth value, a text, or a `&'static` list of them.
///
/// # Safety
/// `KIND` must say what `Self` is: const evaluation reads the value by it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a constant of an initializer",
    label = "expected a number, a bool, a text, or a `&'static` list of f32, f64, i32, i64, u8, bool or texts",
    note = "for values computed in the layer write `initializer = tf::constant(..)`, without a shape"
)]
pub unsafe trait ConstantValue: Copy {
    #[doc(hidden)]
    const KIND: LiteralKind;
}

macro_rules! constants {
    ($($t:ty = $of:ident),* $(,)?) => { $(
        // SAFETY: the kind names exactly this type.
        #[diagnostic::do_not_recommend]
        unsafe impl ConstantValue for $t { const KIND: LiteralKind = LiteralKind::One(Of::$of); }
    )* };
    (lists $($t:ty = $of:ident),*) => { $(
        // SAFETY: the kind names exactly this type, with its length.
        #[diagnostic::do_not_recommend]
        unsafe impl<const N: usize> ConstantValue for &'static [$t; N] {
            const KIND: LiteralKind = LiteralKind::Array(Of::$of, N);
        }
        // SAFETY: rows lie one after the other, so that this is a list of as many elements.
        #[diagnostic::do_not_recommend]
        unsafe impl<const N: usize, const M: usize> ConstantValue for &'static [[$t; M]; N] {
            const KIND: LiteralKind = LiteralKind::Array(Of::$of, N * M);
        }
        // SAFETY: the kind names exactly this type.
        #[diagnostic::do_not_recommend]
        unsafe impl ConstantValue for &'static [$t] { const KIND: LiteralKind = LiteralKind::Slice(Of::$of); }
    )* };
}
constants!(
    f32 = F32,
    f64 = F64,
    i8 = I8,
    i16 = I16,
    i32 = I32,
    i64 = I64,
    u8 = U8,
    u16 = U16,
    u32 = U32,
    usize = Usize,
    bool = Bool,
    &'static str = Str,
);
constants!(lists f32 = F32, f64 = F64, i32 = I32, i64 = I64, u8 = U8, bool = Bool, &'static str = Str);

pub(crate) const fn literal<V: ConstantValue>(value: V) -> Literal {
    const unsafe fn get<A: Copy, B: Copy>(a: A) -> B {
        // SAFETY: the caller reads `a` as the type that its `KIND` names.
        unsafe { *(&raw const a as *const B) }
    }
    const unsafe fn list<A: Copy, B: 'static>(a: A, len: Option<usize>) -> &'static [B] {
        // SAFETY: the caller reads `a` as the type that its `KIND` names; a reference to an array is a pointer to its elements.
        unsafe {
            match len {
                Some(len) => core::slice::from_raw_parts(get(a), len),
                None => get(a),
            }
        }
    }
    let (of, len) = match V::KIND {
        LiteralKind::One(of) => {
            // SAFETY: every arm reads the type that `KIND` promises, which `ConstantValue` requires of its implementations.
            return unsafe {
                match of {
                    Of::F32 => Literal::Float(get::<V, f32>(value) as f64),
                    Of::F64 => Literal::Float(get(value)),
                    Of::I8 => Literal::Int(get::<V, i8>(value) as i64),
                    Of::I16 => Literal::Int(get::<V, i16>(value) as i64),
                    Of::I32 => Literal::Int(get::<V, i32>(value) as i64),
                    Of::I64 => Literal::Int(get(value)),
                    Of::U8 => Literal::Int(get::<V, u8>(value) as i64),
                    Of::U16 => Literal::Int(get::<V, u16>(value) as i64),
                    Of::U32 => Literal::Int(get::<V, u32>(value) as i64),
                    Of::Usize => Literal::Int(get::<V, usize>(value) as i64),
                    Of::Bool => Literal::Bool(get(value)),
                    Of::Str => Literal::Str(get(value)),
                }
            };
        }
        LiteralKind::Array(of, len) => (of, Some(len)),
        LiteralKind::Slice(of) => (of, None),
    };
    // SAFETY: as above, of a reference to `len` elements or a slice.
    unsafe {
        match of {
            Of::F32 => Literal::F32s(list(value, len)),
            Of::F64 => Literal::F64s(list(value, len)),
            Of::I32 => Literal::I32s(list(value, len)),
            Of::I64 => Literal::I64s(list(value, len)),
            Of::U8 => Literal::U8s(list(value, len)),
            Of::Bool => Literal::Bools(list(value, len)),
            Of::Str => Literal::Strs(list(value, len)),
            Of::I8 | Of::I16 | Of::U16 | Of::U32 | Of::Usize => panic!("no list of these implements `ConstantValue`"),
        }
    }
}

/// The least and the greatest value of an integer type, as far as an `i64` has it; nothing for the other types.
pub(crate) const fn integers_of(dtype: DType) -> Option<(i64, i64)> {
    Some(match dtype {
        DType::I8 => (i8::MIN as i64, i8::MAX as i64),
        DType::I16 => (i16::MIN as i64, i16::MAX as i64),
        DType::I32 => (i32::MIN as i64, i32::MAX as i64),
        DType::I64 => (i64::MIN, i64::MAX),
        DType::U8 => (0, u8::MAX as i64),
        DType::U16 => (0, u16::MAX as i64),
        DType::U32 => (0, u32::MAX as i64),
        DType::U64 => (0, i64::MAX),
        DType::F16 | DType::BF16 | DType::F32 | DType::F64 | DType::Bool | DType::String => return None,
    })
}

impl Literal {
    /// The number of listed values; `None` for one value that fills every element.
    pub const fn len(&self) -> Option<usize> {
        match self {
            Literal::F32s(v) => Some(v.len()),
            Literal::F64s(v) => Some(v.len()),
            Literal::I32s(v) => Some(v.len()),
            Literal::I64s(v) => Some(v.len()),
            Literal::U8s(v) => Some(v.len()),
            Literal::Bools(v) => Some(v.len()),
            Literal::Strs(v) => Some(v.len()),
            Literal::Float(_) | Literal::Int(_) | Literal::Bool(_) | Literal::Str(_) => None,
        }
    }

    /// Whether a list was given that has no values.
    pub const fn is_empty(&self) -> bool {
        matches!(self.len(), Some(0))
    }

    /// Whether a variable of this type can hold it. A zero is `false` and `""`, too, and a one is `true`.
    pub(crate) const fn is_of(&self, dtype: DType) -> bool {
        match self {
            Literal::Float(_) | Literal::F32s(_) | Literal::F64s(_) => dtype.is_float(),
            Literal::Int(0) => true,
            Literal::Int(1) => !matches!(dtype, DType::String),
            Literal::Int(_) | Literal::I32s(_) | Literal::I64s(_) | Literal::U8s(_) => {
                dtype.is_float() || dtype.is_integer()
            }
            Literal::Bool(_) | Literal::Bools(_) => matches!(dtype, DType::Bool),
            Literal::Str(_) | Literal::Strs(_) => matches!(dtype, DType::String),
        }
    }

    /// The first integer that is outside the range of an integer type, and the end of the range that it is beyond.
    pub(crate) const fn beyond(&self, dtype: DType) -> Option<(i64, i64)> {
        let Some((least, most)) = integers_of(dtype) else { return None };
        let mut i = 0;
        while i < self.values() {
            let integer = match self {
                Literal::Int(n) => *n,
                Literal::I32s(v) => v[i] as i64,
                Literal::I64s(v) => v[i],
                Literal::U8s(v) => v[i] as i64,
                _ => return None,
            };
            if integer < least {
                return Some((integer, least));
            }
            if integer > most {
                return Some((integer, most));
            }
            i += 1;
        }
        None
    }

    /// The number of values that are written out.
    const fn values(&self) -> usize {
        match self.len() {
            Some(count) => count,
            None => 1,
        }
    }

    const fn number(&self, i: usize) -> Option<f64> {
        match self {
            Literal::Float(x) => Some(*x),
            Literal::Int(n) => Some(*n as f64),
            Literal::F32s(v) => Some(v[i] as f64),
            Literal::F64s(v) => Some(v[i]),
            Literal::I32s(v) => Some(v[i] as f64),
            Literal::I64s(v) => Some(v[i] as f64),
            Literal::U8s(v) => Some(v[i] as f64),
            Literal::Bool(_) | Literal::Str(_) | Literal::Bools(_) | Literal::Strs(_) => None,
        }
    }

    const fn same_at(&self, other: &Literal, i: usize) -> bool {
        match (self, other) {
            (Literal::Bool(a), Literal::Bool(b)) => *a == *b,
            (Literal::Bools(a), Literal::Bools(b)) => a[i] == b[i],
            (Literal::Str(a), Literal::Str(b)) => str_eq(a, b),
            (Literal::Strs(a), Literal::Strs(b)) => str_eq(a[i], b[i]),
            _ => matches!((self.number(i), other.number(i)), (Some(a), Some(b)) if a == b),
        }
    }

    /// Whether both are the same values.
    pub(crate) const fn same(&self, other: &Literal) -> bool {
        let count = match (self.len(), other.len()) {
            (None, None) => 1,
            (Some(a), Some(b)) if a == b => a,
            _ => return false,
        };
        let mut i = 0;
        while i < count {
            if !self.same_at(other, i) {
                return false;
            }
            i += 1;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_one_after_the_other() {
        const ROWS: Literal = literal(&[[1.5f32, 2.0], [3.0, 4.0]]);
        assert!(matches!(ROWS, Literal::F32s([1.5, 2.0, 3.0, 4.0])));
        assert!(matches!(literal(&["a", "b"][..]), Literal::Strs(["a", "b"])));
        assert!(matches!(literal(&[true, false]), Literal::Bools([true, false])));
    }

    #[test]
    fn constants_are_of_a_kind_and_within_a_range() {
        assert!(
            literal(3u16).is_of(DType::U8)
                && literal(0).is_of(DType::String)
                && literal(1).is_of(DType::Bool)
                && !literal(2).is_of(DType::Bool)
        );
        assert!(!literal(0.5).is_of(DType::I32) && literal(&[true]).is_of(DType::Bool));
        assert_eq!(literal(&[1, 300]).beyond(DType::U8), Some((300, 255)));
        assert_eq!(literal(-1i8).beyond(DType::U32), Some((-1, 0)));
        assert_eq!(literal(&[7u8, 200]).beyond(DType::U8), None);
    }

    #[test]
    fn equal_values_are_the_same_however_they_are_written() {
        assert!(literal(1).same(&literal(1.0)) && literal(&[1u8, 2]).same(&literal(&[1i64, 2])));
        assert!(!literal(1).same(&literal(&[1])) && !literal("a").same(&literal("b")));
        assert!(literal(&["a"]).same(&literal(&["a"])) && !literal(&[true]).same(&literal(&[false])));
    }
}
