//! Handles: tensors, variables and scope objects, the same `Copy` types in both worlds.

use crate::{
    dtype::Element,
    shape::{ANY, ANY_DIM, Dim, FIRST_SYMBOL, MAX_RANK, Shape},
    spec::{Rule, Spec, SpecError},
};
use core::{fmt, marker::PhantomData};

/// The graph number of handles that exist at build time only.
pub(crate) const BUILD_TIME: u32 = u32::MAX;
/// The graph number of handles made with no graph: their node is the number of a mistake.
pub(crate) const NO_GRAPH: u32 = 0;
/// The node of a handle that stands for no node.
pub(crate) const NO_NODE: u32 = u32::MAX;

/// The result of an op: a `Copy` handle that carries what is known of its shape.
///
/// At run time it names a node of the graph being built; at build time, in a layer's check, it has a shape and no node.
/// The TensorFlow symbol is `tf.Tensor`.
#[repr(C)]
pub struct Tensor<T> {
    pub(crate) shape: Shape,
    pub(crate) output: u16,
    pub(crate) node: u32,
    pub(crate) graph: u32,
    pub(crate) element: PhantomData<fn() -> T>,
}

impl<T> Clone for Tensor<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Tensor<T> {}

impl<T: Element> fmt::Debug for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tensor({})", self.spec())
    }
}

impl<T> Tensor<T> {
    pub(crate) const fn new(shape: Shape, graph: u32, node: u32, output: u16) -> Self {
        Tensor { shape, output, node, graph, element: PhantomData }
    }

    /// A tensor of the build-time world.
    #[doc(hidden)]
    pub const fn at_build_time(shape: Shape) -> Self {
        Tensor { shape, output: 0, node: NO_NODE, graph: BUILD_TIME, element: PhantomData }
    }

    /// The variable of the build-time table that this handle stands for.
    pub(crate) const fn variable(&self) -> Option<u32> {
        if self.graph == BUILD_TIME && self.node != NO_NODE { Some(self.node) } else { None }
    }

    /// What is known of the dimensions.
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// The number of dimensions; 0 where it is not known.
    pub const fn rank(&self) -> usize {
        self.shape.rank()
    }
}

impl<T: Element> Tensor<T> {
    /// Shape and element type.
    pub const fn spec(&self) -> Spec {
        Spec::new(T::DTYPE, self.shape)
    }

    /// The element type.
    pub const fn dtype(&self) -> crate::DType {
        T::DTYPE
    }
}

/// A variable: a `Copy` handle that counts as its value wherever a tensor is asked for.
///
/// The TensorFlow symbol is `tf.Variable`.
#[repr(transparent)]
#[must_use = "a variable that nothing reads has no effect"]
pub struct Variable<T>(pub(crate) Tensor<T>);

impl<T> Clone for Variable<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Variable<T> {}

impl<T: Element> fmt::Debug for Variable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Variable({})", self.spec())
    }
}

impl<T> Variable<T> {
    pub(crate) const fn at_build_time(mut shape: Shape, index: Option<u32>) -> Self {
        let node = match index {
            Some(index) => {
                shape.apart = !(1 << (index & 31));
                index
            }
            None => NO_NODE,
        };
        Variable(Tensor { shape, output: 0, node, graph: BUILD_TIME, element: PhantomData })
    }

    /// What is known of the dimensions: everything, for a variable.
    pub const fn shape(&self) -> Shape {
        self.0.shape
    }

    /// The number of dimensions.
    pub const fn rank(&self) -> usize {
        self.0.rank()
    }
}

impl<T: Element> Variable<T> {
    /// Shape and element type.
    pub const fn spec(&self) -> Spec {
        self.0.spec()
    }

    /// The element type.
    pub const fn dtype(&self) -> crate::DType {
        T::DTYPE
    }
}

/// An opening of a variable scope, as an object: entering it again goes to the same variables wherever one is.
///
/// The TensorFlow symbol is `tf.VariableScope`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VariableScope {
    pub(crate) id: u32,
    pub(crate) graph: u32,
    pub(crate) names: OpScope,
}

impl VariableScope {
    pub(crate) const fn at_build_time(id: u32) -> VariableScope {
        VariableScope { id, graph: BUILD_TIME, names: OpScope { id: 0, graph: BUILD_TIME } }
    }

    /// The name scope that was opened when this scope was first entered.
    pub const fn original_name_scope(&self) -> OpScope {
        self.names
    }
}

/// A name scope of ops that can be entered again, by [`name_scope`](crate::name_scope).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpScope {
    pub(crate) id: u32,
    pub(crate) graph: u32,
}

/// What names a name scope: a text (`"x"` is made unique, `"x/"` entered again, `""` is the root), or an [`OpScope`].
///
/// # Safety
/// `IS_TEXT` says whether `Self` is `&str`; otherwise it is `OpScope`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a name scope",
    label = "expected a text, or `scope.original_name_scope()`"
)]
pub unsafe trait NamesOps: Copy {
    #[doc(hidden)]
    const IS_TEXT: bool;
}
// SAFETY: it is `&str`.
#[diagnostic::do_not_recommend]
unsafe impl NamesOps for &str {
    const IS_TEXT: bool = true;
}
// SAFETY: it is `OpScope`.
#[diagnostic::do_not_recommend]
unsafe impl NamesOps for OpScope {
    const IS_TEXT: bool = false;
}

/// The text that names a name scope, if it is one.
pub(crate) const fn op_scope_text<'a, N: NamesOps + 'a>(name: N) -> Option<&'a str> {
    if N::IS_TEXT {
        // SAFETY: `IS_TEXT` promises `&str`, which lives as long as `N`.
        Some(unsafe { core::mem::transmute_copy(&name) })
    } else {
        None
    }
}

pub(crate) const fn without_last_slash(text: &str) -> (&str, bool) {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes[bytes.len() - 1] != b'/' {
        return (text, false);
    }
    match core::str::from_utf8(bytes.split_at(bytes.len() - 1).0) {
        Ok(text) => (text, true),
        Err(_) => (text, false),
    }
}

/// How a value stands for a tensor.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub enum TensorKind {
    Tensor,
    Variable,
    TensorReference,
    VariableReference,
    Scalar,
}

/// What counts as a tensor of `T`: a tensor, a variable (its value), a reference to one, or a scalar of the type.
///
/// # Safety
/// `KIND` must say what `Self` is: const evaluation reads it by that.
#[diagnostic::on_unimplemented(
    message = "expected a tensor of `{T}`, found `{Self}`",
    label = "this is no tensor, variable or scalar of `{T}`",
    note = "tensors of other types are converted by `tf::cast::<{T}, _>(x)`"
)]
pub unsafe trait AsTensor<T: Element>: Copy {
    #[doc(hidden)]
    const KIND: TensorKind;
    /// The tensor, as a node of the graph being built.
    #[doc(hidden)]
    fn as_tensor(self) -> Tensor<T>;
}

// SAFETY: it is `Tensor<T>`.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> AsTensor<T> for Tensor<T> {
    const KIND: TensorKind = TensorKind::Tensor;
    fn as_tensor(self) -> Tensor<T> {
        self
    }
}
// SAFETY: it is `&Tensor<T>`.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> AsTensor<T> for &Tensor<T> {
    const KIND: TensorKind = TensorKind::TensorReference;
    fn as_tensor(self) -> Tensor<T> {
        *self
    }
}
// SAFETY: it is `Variable<T>`.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> AsTensor<T> for Variable<T> {
    const KIND: TensorKind = TensorKind::Variable;
    #[track_caller]
    fn as_tensor(self) -> Tensor<T> {
        self.value()
    }
}
// SAFETY: it is `&Variable<T>`.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> AsTensor<T> for &Variable<T> {
    const KIND: TensorKind = TensorKind::VariableReference;
    #[track_caller]
    fn as_tensor(self) -> Tensor<T> {
        self.value()
    }
}

macro_rules! scalars {
    ($($t:ty),*) => { $(
        // SAFETY: it is a scalar.
        #[diagnostic::do_not_recommend]
        unsafe impl AsTensor<$t> for $t {
            const KIND: TensorKind = TensorKind::Scalar;
            #[track_caller]
            fn as_tensor(self) -> Tensor<$t> { crate::ops::constant(self) }
        }
    )* };
}
scalars!(half::f16, half::bf16, f32, f64, i8, i16, i32, i64, u8, u16, u32, u64, bool);

// SAFETY: it is a scalar.
#[diagnostic::do_not_recommend]
unsafe impl AsTensor<String> for &str {
    const KIND: TensorKind = TensorKind::Scalar;
    #[track_caller]
    fn as_tensor(self) -> Tensor<String> {
        crate::ops::constant(self)
    }
}

/// How a value stands for a shape.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub enum ShapeKind {
    Array(usize),
    ArrayReference(usize),
    Slice,
    Shape,
    Size,
    Nothing,
}

/// What counts as a shape: `[3, 3]`, `&[3, 3]`, a slice, a [`Shape`], one size, or nothing.
///
/// # Safety
/// `KIND` must say what `Self` is: const evaluation reads it by that.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no shape",
    label = "expected sizes such as `[3, 3]`",
    note = "sizes are `usize`; the shape of a scalar is `[]`, and `reshape` takes `tf::ANY` for a size that follows from the others"
)]
pub unsafe trait ShapeArgument: Copy {
    #[doc(hidden)]
    const KIND: ShapeKind;
}
// SAFETY: an array of N sizes.
#[diagnostic::do_not_recommend]
unsafe impl<const N: usize> ShapeArgument for [usize; N] {
    const KIND: ShapeKind = ShapeKind::Array(N);
}
// SAFETY: a reference to an array of N sizes.
#[diagnostic::do_not_recommend]
unsafe impl<const N: usize> ShapeArgument for &[usize; N] {
    const KIND: ShapeKind = ShapeKind::ArrayReference(N);
}
// SAFETY: a slice of sizes.
#[diagnostic::do_not_recommend]
unsafe impl ShapeArgument for &[usize] {
    const KIND: ShapeKind = ShapeKind::Slice;
}
// SAFETY: a shape.
#[diagnostic::do_not_recommend]
unsafe impl ShapeArgument for Shape {
    const KIND: ShapeKind = ShapeKind::Shape;
}
// SAFETY: one size (C21).
#[diagnostic::do_not_recommend]
unsafe impl ShapeArgument for usize {
    const KIND: ShapeKind = ShapeKind::Size;
}
// SAFETY: nothing.
#[diagnostic::do_not_recommend]
unsafe impl ShapeArgument for NoShape {
    const KIND: ShapeKind = ShapeKind::Nothing;
}

/// Stands for a shape that was not given.
#[derive(Clone, Copy, Debug)]
pub struct NoShape;

static RANK_LIMIT: Rule = Rule {
    code: "E-RANK-LIMIT",
    says: "a shape of {x} dimensions is given, and eight are the most",
    left: "",
    right: "",
    help: "join dimensions with `tf::reshape`",
};
static SIZE_LIMIT: Rule = Rule {
    code: "E-SIZE-LIMIT",
    says: "dimension {x} has the size {y}, which is beyond what a tensor can have",
    left: "",
    right: "",
    help: "give a size below 4294967231, or `tf::ANY` where it is not known",
};

/// The shape that an argument stands for; `None` where it was left out.
pub(crate) const fn shape_argument<S: ShapeArgument>(argument: S) -> Result<Option<Shape>, SpecError> {
    let mut shape = Shape::SCALAR;
    // SAFETY: the argument is of kind `S::KIND`, as the trait promises.
    match unsafe { shape_at(S::KIND, &raw const argument as *const (), &mut shape) } {
        GivenShape::Nothing => Ok(None),
        GivenShape::Shape => Ok(Some(shape)),
        GivenShape::Wrong(wrong) => Err(wrong.error("shape")),
    }
}

/// What was given for a shape.
#[derive(Clone, Copy)]
pub(crate) enum GivenShape {
    Nothing,
    Shape,
    Wrong(WrongShape),
}

/// Why sizes are no shape.
#[derive(Clone, Copy)]
pub(crate) enum WrongShape {
    Rank(usize),
    Size { axis: usize, size: usize },
}

impl WrongShape {
    pub(crate) const fn error(self, op: &'static str) -> SpecError {
        match self {
            WrongShape::Rank(rank) => SpecError::new(op, &RANK_LIMIT).numbers(rank as i64, 0),
            WrongShape::Size { axis, size } => SpecError::new(op, &SIZE_LIMIT).numbers(axis as i64, size as i64),
        }
    }
}

/// Reads a shape argument, where [`ANY`] is an unknown size, without its type: const evaluation pays more for calls of generic functions, and for large results.
///
/// # Safety
/// `argument` points to a live value of this kind.
pub(crate) const unsafe fn shape_at(kind: ShapeKind, argument: *const (), shape: &mut Shape) -> GivenShape {
    // SAFETY: each arm reads what the kind names, which the caller promises.
    let sizes: &[usize] = unsafe {
        match kind {
            ShapeKind::Nothing => return GivenShape::Nothing,
            ShapeKind::Shape => {
                *shape = *(argument as *const Shape);
                return GivenShape::Shape;
            }
            // What most variables are given, without a loop: const evaluation pays for each of its turns.
            ShapeKind::Array(1) if *(argument as *const usize) < FIRST_SYMBOL as usize => {
                shape.dims[0] = *(argument as *const usize) as Dim;
                shape.rank = 1;
                return GivenShape::Shape;
            }
            ShapeKind::Array(2) => {
                let sizes = &*(argument as *const [usize; 2]);
                let [a, b] = *sizes;
                if (a | b) < FIRST_SYMBOL as usize {
                    *shape = Shape { dims: [a as Dim, b as Dim, 0, 0, 0, 0, 0, 0], rank: 2, apart: 0 };
                    return GivenShape::Shape;
                }
                sizes
            }
            ShapeKind::Array(4) => {
                let sizes = &*(argument as *const [usize; 4]);
                let [a, b, c, d] = *sizes;
                if (a | b | c | d) < FIRST_SYMBOL as usize {
                    *shape = Shape { dims: [a as Dim, b as Dim, c as Dim, d as Dim, 0, 0, 0, 0], rank: 4, apart: 0 };
                    return GivenShape::Shape;
                }
                sizes
            }
            ShapeKind::Size => &*core::ptr::slice_from_raw_parts(argument as *const usize, 1),
            ShapeKind::Array(n) => &*core::ptr::slice_from_raw_parts(argument as *const usize, n),
            ShapeKind::ArrayReference(n) => &*core::ptr::slice_from_raw_parts(*(argument as *const *const usize), n),
            ShapeKind::Slice => *(argument as *const &[usize]),
        }
    };
    let rank = sizes.len();
    if rank > MAX_RANK {
        return GivenShape::Wrong(WrongShape::Rank(rank));
    }
    shape.rank = rank as u8;
    let mut i = 0;
    while i < rank {
        let size = sizes[i];
        if size < FIRST_SYMBOL as usize {
            shape.dims[i] = size as Dim;
        } else if size == ANY {
            shape.dims[i] = ANY_DIM;
        } else {
            return GivenShape::Wrong(WrongShape::Size { axis: i, size });
        }
        i += 1;
    }
    GivenShape::Shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_small_and_alike_for_every_element_type() {
        assert_eq!(size_of::<Tensor<f32>>(), 52);
        assert_eq!(size_of::<Tensor<String>>(), 52);
        assert_eq!(size_of::<Variable<f64>>(), 52);
    }

    #[test]
    fn shapes_are_read_from_every_kind_of_argument() {
        let want = Some(Shape::of(&[2, 3]));
        assert_eq!(shape_argument([2usize, 3]).unwrap(), want);
        let by_reference = &[2usize, 3];
        assert_eq!(shape_argument(by_reference).unwrap(), want);
        assert_eq!(shape_argument(&[2usize, 3][..]).unwrap(), want);
        assert_eq!(shape_argument(Shape::of(&[2, 3])).unwrap(), want);
        assert_eq!(shape_argument(3usize).unwrap(), Some(Shape::of(&[3])));
        assert_eq!(shape_argument(NoShape).unwrap(), None);
        assert!(shape_argument([1usize; 9]).is_err() && shape_argument([usize::MAX - 1]).is_err());
    }
}
