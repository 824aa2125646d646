//! Values that const evaluation follows: numbers, truth values, texts, tensors and references to them, told apart by kind.

use crate::{
    dtype::Element,
    shape::Shape,
    tensor::{BUILD_TIME, NO_NODE, Tensor, Variable},
};

/// What a value is.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub enum Kind {
    Usize,
    U8,
    U16,
    U32,
    U64,
    Isize,
    I8,
    I16,
    I32,
    I64,
    I128,
    F32,
    F64,
    Bool,
    Str,
    Tensor,
    Reference(&'static Kind),
}

/// A value that an operator or a name in a checked layer can have.
///
/// # Safety
/// `KIND` must say what `Self` is: const evaluation reads and writes it by that.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be followed in const evaluation, which checks this layer at build time",
    label = "this is no tensor, number, bool or text",
    note = "let the graph check this layer when it is built: `#[variable_scope(dynamic)]`"
)]
pub unsafe trait Followed: Copy {
    #[doc(hidden)]
    const KIND: Kind;
}

macro_rules! values {
    ($($t:ty = $k:ident),*) => { $(
        // SAFETY: the kind names exactly this type.
        #[diagnostic::do_not_recommend]
        unsafe impl Followed for $t { const KIND: Kind = Kind::$k; }
    )* };
}
values!(
    usize = Usize,
    u8 = U8,
    u16 = U16,
    u32 = U32,
    u64 = U64,
    isize = Isize,
    i8 = I8,
    i16 = I16,
    i32 = I32,
    i64 = I64,
    i128 = I128,
    f32 = F32,
    f64 = F64,
    bool = Bool,
    &str = Str
);
// SAFETY: every `Tensor<T>` has one layout.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> Followed for Tensor<T> {
    const KIND: Kind = Kind::Tensor;
}
// SAFETY: a variable is a transparent wrapper of a tensor.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> Followed for Variable<T> {
    const KIND: Kind = Kind::Tensor;
}
macro_rules! references {
    ($($t:ty),*) => { $(
        // SAFETY: a reference to a value of the named kind.
        #[diagnostic::do_not_recommend]
        unsafe impl Followed for &$t { const KIND: Kind = Kind::Reference(&<$t as Followed>::KIND); }
    )* };
}
references!(usize, u8, u16, u32, u64, isize, i8, i16, i32, i64, i128, f32, f64, bool, &str);
// SAFETY: a reference to a tensor.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> Followed for &Tensor<T> {
    const KIND: Kind = Kind::Reference(&Kind::Tensor);
}
// SAFETY: a reference to a variable.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> Followed for &Variable<T> {
    const KIND: Kind = Kind::Reference(&Kind::Tensor);
}

/// A value as const evaluation computes with it.
#[derive(Clone, Copy)]
pub(crate) enum Read<'a> {
    Int(i128),
    F32(f32),
    F64(f64),
    Bool(bool),
    Str(&'a str),
    Tensor { shape: Shape, variable: Option<u32> },
}

/// Reads a value; a text is borrowed for as long as the caller keeps `value`.
pub(crate) const fn read<'a, V: Followed>(value: &'a V) -> Read<'a> {
    // SAFETY: `value` is of kind `V::KIND`, as the trait promises.
    unsafe { read_at(V::KIND, (value as *const V).cast()) }
}

/// # Safety
/// `at` points to a live value of this kind.
const unsafe fn read_at<'a>(kind: Kind, at: *const u8) -> Read<'a> {
    // SAFETY: each arm reads the type that the kind names, which the caller promises.
    unsafe {
        match kind {
            Kind::Usize => Read::Int(*at.cast::<usize>() as i128),
            Kind::U8 => Read::Int(*at as i128),
            Kind::U16 => Read::Int(*at.cast::<u16>() as i128),
            Kind::U32 => Read::Int(*at.cast::<u32>() as i128),
            Kind::U64 => Read::Int(*at.cast::<u64>() as i128),
            Kind::Isize => Read::Int(*at.cast::<isize>() as i128),
            Kind::I8 => Read::Int(*at.cast::<i8>() as i128),
            Kind::I16 => Read::Int(*at.cast::<i16>() as i128),
            Kind::I32 => Read::Int(*at.cast::<i32>() as i128),
            Kind::I64 => Read::Int(*at.cast::<i64>() as i128),
            Kind::I128 => Read::Int(*at.cast::<i128>()),
            Kind::F32 => Read::F32(*at.cast::<f32>()),
            Kind::F64 => Read::F64(*at.cast::<f64>()),
            Kind::Bool => Read::Bool(*at.cast::<bool>()),
            Kind::Str => Read::Str(*at.cast::<&str>()),
            Kind::Tensor => {
                let tensor = *at.cast::<Tensor<f32>>();
                Read::Tensor { shape: tensor.shape, variable: tensor.variable() }
            }
            Kind::Reference(kind) => read_at(*kind, *at.cast::<*const u8>()),
        }
    }
}

/// A result as the type that rustc gave the operator; `None` where a number is beyond what that type holds.
pub(crate) const fn write<V: Followed>(value: Read<'_>) -> Option<V> {
    const unsafe fn put<A: Copy, V: Copy>(a: A) -> V {
        // SAFETY: the caller passes an `A` that is `V` itself, or laid out alike.
        unsafe { *(&raw const a as *const V) }
    }
    macro_rules! int {
        ($n:ident as $t:ty) => {{
            if $n < <$t>::MIN as i128 || $n > <$t>::MAX as i128 {
                return None;
            }
            put::<$t, V>($n as $t)
        }};
    }
    // SAFETY: each arm writes the type that `KIND` names, as the trait promises.
    Some(unsafe {
        match (V::KIND, value) {
            (Kind::Usize, Read::Int(n)) => int!(n as usize),
            (Kind::U8, Read::Int(n)) => int!(n as u8),
            (Kind::U16, Read::Int(n)) => int!(n as u16),
            (Kind::U32, Read::Int(n)) => int!(n as u32),
            (Kind::U64, Read::Int(n)) => int!(n as u64),
            (Kind::Isize, Read::Int(n)) => int!(n as isize),
            (Kind::I8, Read::Int(n)) => int!(n as i8),
            (Kind::I16, Read::Int(n)) => int!(n as i16),
            (Kind::I32, Read::Int(n)) => int!(n as i32),
            (Kind::I64, Read::Int(n)) => int!(n as i64),
            (Kind::I128, Read::Int(n)) => put::<i128, V>(n),
            (Kind::F32, Read::F32(x)) => put::<f32, V>(x),
            (Kind::F64, Read::F64(x)) => put::<f64, V>(x),
            (Kind::Bool, Read::Bool(b)) => put::<bool, V>(b),
            (Kind::Tensor, Read::Tensor { shape, .. }) => {
                put::<Tensor<f32>, V>(Tensor::new(shape, BUILD_TIME, NO_NODE, 0))
            }
            _ => return None,
        }
    })
}
