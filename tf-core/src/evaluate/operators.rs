//! Operators, names with holes, assertions.

use super::followed::{Followed, Kind, Read, read, write};
use crate::{
    check::Cx,
    mistake::Mistake,
    names::NameBuffer,
    ops,
    shape::{ANY, POISON_RANK, Shape},
    tensor::{NO_NODE, Tensor},
    text::Text,
};
use core::marker::PhantomData;

/// The operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arith {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
}

impl Arith {
    const fn token(self) -> &'static str {
        match self {
            Arith::Add => "+",
            Arith::Sub => "-",
            Arith::Mul => "*",
            Arith::Div => "/",
            Arith::Rem => "%",
            Arith::BitAnd => "&",
            Arith::BitOr => "|",
            Arith::BitXor => "^",
            Arith::Shl => "<<",
            Arith::Shr => ">>",
        }
    }
}

/// `a OP b`: typed by the closure, which is never called.
#[track_caller]
pub const fn binary<A: Followed, B: Followed, O: Followed, F: FnOnce(A, B) -> O + Copy>(
    op: Arith,
    a: A,
    b: B,
    _: F,
    cx: Cx<'_>,
) -> O {
    if let Case::Tensors(left, right) = Operator::<A, B, O>::CASE {
        // SAFETY: each pointer leads to a live value of its kind, as the trait promises, and `O` is a tensor, as its kind promises.
        unsafe {
            let made = tensors(op, left, &raw const a as *const (), right, &raw const b as *const (), cx);
            return *(&raw const made as *const O);
        }
    }
    apply(op, &a, &b, cx)
}

/// `a OP= b`: typed by the closure, which is never called.
#[track_caller]
pub const fn assign<A: Followed, B: Followed, F: FnOnce(&mut A, B) + Copy>(
    op: Arith,
    a: &mut A,
    b: B,
    _: F,
    cx: Cx<'_>,
) {
    *a = apply(op, a, &b, cx);
}

/// What an operator is computed with, found out once for each three types: const evaluation pays for every look at a kind.
#[derive(Clone, Copy)]
enum Case {
    /// Two sizes.
    Sizes,
    /// Two tensors, or a tensor and a scalar, into a tensor.
    Tensors(Operand, Operand),
    /// All else.
    Values,
}

#[derive(Clone, Copy)]
enum Operand {
    Tensor,
    Reference,
    Scalar,
}

impl Operand {
    const fn of(kind: Kind) -> Operand {
        match kind {
            Kind::Tensor => Operand::Tensor,
            Kind::Reference(Kind::Tensor) => Operand::Reference,
            _ => Operand::Scalar,
        }
    }
}

struct Operator<A, B, O>(PhantomData<(A, B, O)>);

impl<A: Followed, B: Followed, O: Followed> Operator<A, B, O> {
    const CASE: Case = match (A::KIND, B::KIND, O::KIND) {
        (Kind::Usize, Kind::Usize, _) => Case::Sizes,
        (_, _, Kind::Tensor) => Case::Tensors(Operand::of(A::KIND), Operand::of(B::KIND)),
        _ => Case::Values,
    };
}

/// Sizes and tensors, which layers compute with most, are read and written without a detour.
#[track_caller]
const fn apply<A: Followed, B: Followed, O: Followed>(op: Arith, a: &A, b: &B, cx: Cx<'_>) -> O {
    match Operator::<A, B, O>::CASE {
        Case::Tensors(left, right) => {
            // SAFETY: each pointer leads to a live value of its kind, as the trait promises, and `O` is a tensor, as its kind promises.
            unsafe {
                let made = tensors(op, left, &raw const *a as *const (), right, &raw const *b as *const (), cx);
                *(&raw const made as *const O)
            }
        }
        Case::Sizes => sizes(op, a, b, cx),
        Case::Values => {
            let value = match (op, read(a), read(b)) {
                (Arith::Shl | Arith::Shr, Read::Int(a), Read::Int(b)) => shift::<O>(op, a, b),
                (Arith::Shl | Arith::Shr, ..) => None,
                (_, a, b) => compute(op, a, b),
            };
            finish(op, value, Some(read(b)), read(a), cx)
        }
    }
}

/// An operator on two values whose kinds are `usize`.
#[track_caller]
const fn sizes<A: Followed, B: Followed, O: Followed>(op: Arith, a: &A, b: &B, cx: Cx<'_>) -> O {
    // SAFETY: both kinds promise `usize`.
    let (x, y) = unsafe { (*(a as *const A as *const usize), *(b as *const B as *const usize)) };
    if x == ANY || y == ANY {
        // The size of an unknown dimension, as `dims()` yields it.
        cx.mistake(&Mistake::UnknownSize);
        return finish(op, Some(Read::Int(1)), None, Read::Int(1), cx);
    }
    let value = match op {
        Arith::Add => x.checked_add(y),
        Arith::Sub => x.checked_sub(y),
        Arith::Mul => x.checked_mul(y),
        Arith::Div => x.checked_div(y),
        Arith::Rem => x.checked_rem(y),
        _ => {
            let (left, right) = (Read::Int(x as i128), Read::Int(y as i128));
            let value = match op {
                Arith::Shl | Arith::Shr => shift::<O>(op, x as i128, y as i128),
                _ => compute(op, left, right),
            };
            return finish(op, value, Some(right), left, cx);
        }
    };
    match (value, O::KIND) {
        // SAFETY: the kind promises `usize`.
        (Some(value), Kind::Usize) => unsafe { *(&raw const value as *const O) },
        _ => finish(op, None, Some(Read::Int(y as i128)), Read::Int(x as i128), cx),
    }
}

/// A shift within the width of its type, as Rust does it: what leaves on the left is lost, and a distance beyond the width refused.
const fn shift<'a, O: Followed>(op: Arith, a: i128, b: i128) -> Option<Read<'a>> {
    let width = 8 * size_of::<O>() as i128;
    if b < 0 || b >= width {
        return None;
    }
    if matches!(op, Arith::Shr) {
        return Some(Read::Int(a >> b));
    }
    if width == 128 {
        return Some(Read::Int(a << b));
    }
    let kept = (a << b) & ((1 << width) - 1);
    let negative = kept >> (width - 1) == 1 && is_signed(O::KIND);
    Some(Read::Int(if negative { kept - (1 << width) } else { kept }))
}

const fn is_signed(kind: Kind) -> bool {
    matches!(kind, Kind::Isize | Kind::I8 | Kind::I16 | Kind::I32 | Kind::I64 | Kind::I128)
}

/// An operator that yields a tensor; a scalar operand has no dimensions.
///
/// Most operators join a tensor with a number, a bias, or a tensor of its own shape. Those cost const evaluation a few steps here, without a
/// call; [`joined`] does the rest.
///
/// # Safety
/// `a` and `b` point to live values of the kinds that `left` and `right` stand for.
#[track_caller]
const unsafe fn tensors(
    op: Arith,
    left: Operand,
    a: *const (),
    right: Operand,
    b: *const (),
    cx: Cx<'_>,
) -> Tensor<f32> {
    // SAFETY: the caller promises it; handles have one layout for all element types.
    let a: &Tensor<f32> = unsafe {
        match left {
            Operand::Tensor => &*(a as *const Tensor<f32>),
            Operand::Reference => *(a as *const &Tensor<f32>),
            Operand::Scalar => &NUMBER,
        }
    };
    // SAFETY: the same.
    let b: &Tensor<f32> = unsafe {
        match right {
            Operand::Tensor => &*(b as *const Tensor<f32>),
            Operand::Reference => *(b as *const &Tensor<f32>),
            Operand::Scalar => &NUMBER,
        }
    };
    if a.node != NO_NODE {
        cx.uses(Some(a.node));
    }
    if b.node != NO_NODE {
        cx.uses(Some(b.node));
    }
    let mut made;
    if is_of_first(&a.shape, &b.shape) {
        made = *a;
        made.node = NO_NODE;
        made.shape.apart &= b.shape.apart;
    } else if a.shape.rank == 0 {
        made = *b;
        made.node = NO_NODE;
        made.shape.apart &= a.shape.apart;
    } else {
        made = Tensor::at_build_time(joined(op, &a.shape, &b.shape, cx));
    }
    if cx.takes_notes {
        cx.count(ops::per_element(&made.shape));
    }
    made
}

/// A number in the program, as an operand.
const NUMBER: Tensor<f32> = Tensor::at_build_time(Shape::NUMBER);

/// Whether two shapes certainly join to the first. What that is follows from a mistake, or is unknown, where the second has no dimensions.
const fn is_of_first(a: &Shape, b: &Shape) -> bool {
    let [a0, a1, a2, a3, ..] = a.dims;
    let [b0, b1, b2, b3, ..] = b.dims;
    match b.rank {
        0 => true,
        1 => match a.rank {
            1 => a0 == b0,
            2 => a1 == b0,
            4 => a3 == b0,
            _ => false,
        },
        2 => a.rank == 2 && a0 == b0 && a1 == b1,
        4 => a.rank == 4 && a0 == b0 && a1 == b1 && a2 == b2 && a3 == b3,
        _ => false,
    }
}

/// The shape of any two operands.
#[track_caller]
const fn joined(op: Arith, a: &Shape, b: &Shape, cx: Cx<'_>) -> Shape {
    let op = match op {
        Arith::Add => ops::Arithmetic::Add,
        Arith::Sub => ops::Arithmetic::Sub,
        Arith::Mul => ops::Arithmetic::Mul,
        Arith::Div => ops::Arithmetic::Div,
        _ => ops::Arithmetic::FloorMod,
    };
    if a.rank == POISON_RANK || b.rank == POISON_RANK {
        return Shape::POISON;
    }
    match op.rule_of_two(a, b) {
        Ok(shape) => Shape { apart: a.apart & b.apart, ..shape },
        Err(error) => {
            cx.mistake(&Mistake::Spec(error));
            Shape::POISON
        }
    }
}

/// `-a`: typed by the closure, which is never called.
#[track_caller]
pub const fn neg<A: Followed, O: Followed, F: FnOnce(A) -> O + Copy>(a: A, _: F, cx: Cx<'_>) -> O {
    let value = match read(&a) {
        Read::Int(n) => Read::Int(-n),
        Read::F32(x) => Read::F32(-x),
        Read::F64(x) => Read::F64(-x),
        Read::Tensor { shape, variable } => {
            cx.uses(variable);
            cx.count(ops::per_element(&shape));
            Read::Tensor { shape, variable: None }
        }
        same => same,
    };
    finish(Arith::Sub, Some(value), None, read(&a), cx)
}

/// `!a`: typed by the closure, which is never called.
#[track_caller]
pub const fn not<A: Followed, O: Followed, F: FnOnce(A) -> O + Copy>(a: A, _: F, cx: Cx<'_>) -> O {
    let value = match read(&a) {
        Read::Bool(b) => Read::Bool(!b),
        Read::Int(n) => match write::<O>(Read::Int(!n)) {
            Some(value) => return value,
            // An unsigned number: the complement within its width is max - n.
            None => Read::Int(unsigned_max::<O>() - n),
        },
        Read::Tensor { shape, variable } => {
            cx.uses(variable);
            cx.count(ops::per_element(&shape));
            Read::Tensor { shape, variable: None }
        }
        same => same,
    };
    finish(Arith::BitXor, Some(value), None, read(&a), cx)
}

const fn unsigned_max<O: Followed>() -> i128 {
    match size_of::<O>() {
        1 => u8::MAX as i128,
        2 => u16::MAX as i128,
        4 => u32::MAX as i128,
        _ => u64::MAX as i128,
    }
}

/// The result, or, where a number is none of its type, a mistake and a number that does no further harm.
#[track_caller]
const fn finish<O: Followed>(
    op: Arith,
    value: Option<Read<'_>>,
    right: Option<Read<'_>>,
    left: Read<'_>,
    cx: Cx<'_>,
) -> O {
    if let Some(value) = value
        && let Some(written) = write::<O>(value)
    {
        return written;
    }
    let text = match op {
        Arith::Sub => "a size or number goes below what its type holds\n  help: look at what is subtracted from what",
        Arith::Div | Arith::Rem => "a number is divided by zero\n  help: look at where the divisor comes from",
        _ => "a size or number goes beyond what its type holds\n  help: look at the sizes that it is computed from",
    };
    let numbers = match (left, right) {
        (Read::Int(left), Some(Read::Int(right))) => Some((left, op.token(), right)),
        _ => None,
    };
    cx.mistake(&Mistake::Arithmetic { numbers, text });
    let substitute = match left {
        Read::F32(_) => Read::F32(1.0),
        Read::F64(_) => Read::F64(1.0),
        Read::Bool(b) => Read::Bool(b),
        Read::Tensor { .. } => Read::Tensor { shape: Shape::POISON, variable: None },
        Read::Int(_) | Read::Str(_) => Read::Int(1),
    };
    match write::<O>(substitute) {
        Some(written) => written,
        None => panic!("an operator on values that const evaluation cannot follow"),
    }
}

const fn compute<'a>(op: Arith, a: Read<'a>, b: Read<'a>) -> Option<Read<'a>> {
    Some(match (a, b) {
        (Read::Int(a), Read::Int(b)) => Read::Int(match int(op, a, b) {
            Some(n) => n,
            None => return None,
        }),
        (Read::F32(a), Read::F32(b)) => Read::F32(match op {
            Arith::Add => a + b,
            Arith::Sub => a - b,
            Arith::Mul => a * b,
            Arith::Div => a / b,
            _ => a % b,
        }),
        (Read::F64(a), Read::F64(b)) => Read::F64(match op {
            Arith::Add => a + b,
            Arith::Sub => a - b,
            Arith::Mul => a * b,
            Arith::Div => a / b,
            _ => a % b,
        }),
        (Read::Bool(a), Read::Bool(b)) => Read::Bool(match op {
            Arith::BitAnd => a && b,
            Arith::BitOr => a || b,
            _ => a != b,
        }),
        _ => return None,
    })
}

const fn int(op: Arith, a: i128, b: i128) -> Option<i128> {
    match op {
        Arith::Add => a.checked_add(b),
        Arith::Sub => a.checked_sub(b),
        Arith::Mul => a.checked_mul(b),
        Arith::Div => a.checked_div(b),
        Arith::Rem => a.checked_rem(b),
        Arith::BitAnd => Some(a & b),
        Arith::BitOr => Some(a | b),
        Arith::BitXor => Some(a ^ b),
        Arith::Shl | Arith::Shr => None,
    }
}

/// Fills a hole of a name: with an integer, a bool or a text.
#[track_caller]
pub const fn piece<V: Followed>(buffer: &mut NameBuffer, value: V) {
    match read(&value) {
        Read::Str(text) => buffer.text(text),
        Read::Int(n) => buffer.number(n),
        Read::Bool(b) => buffer.text(if b { "true" } else { "false" }),
        _ => panic!(
            "a hole in a name takes an integer, a bool or a text\n  help: name the scope by one of those\n  E-NAME-FORMAT in docs/errors.md"
        ),
    }
}

/// `assert!` in a layer: counts as a mistake.
#[track_caller]
pub const fn assert(holds: bool, text: &str, cx: Cx<'_>) {
    if !holds {
        cx.mistake(&Mistake::Assertion { text });
    }
}

/// The message of an `assert!` that does not hold: `texts`, with a value between each two of them.
#[track_caller]
pub const fn refuted(texts: &[&str], values: &[i128], cx: Cx<'_>) {
    let mut text = Text::new();
    let mut i = 0;
    while i < texts.len() {
        text.str(texts[i]);
        if i < values.len() {
            text.number(values[i]);
        }
        i += 1;
    }
    cx.mistake(&Mistake::Assertion { text: text.as_str() });
}

/// The ends of `start..end`: of a range to the size of an unknown dimension, which would not end, none is left.
#[track_caller]
pub const fn range<V: Followed>(start: V, end: V, cx: Cx<'_>) -> (V, V) {
    if let (Kind::Usize, Read::Int(size)) = (V::KIND, read(&end))
        && size == ANY as i128
    {
        cx.mistake(&Mistake::UnknownSize);
        return (start, start);
    }
    (start, end)
}

/// `.clone()` of a `Copy` value.
pub const fn copy<V: Copy>(value: &V) -> V {
    *value
}

pub use crate::text::str_eq;
