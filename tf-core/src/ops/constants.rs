//! Constants: values that are part of the graph.

use super::NO_FLOPS;
use crate::{
    check::Cx,
    dtype::Element,
    engine::run::Run,
    error::Result,
    graph::node::apply,
    shape::{MAX_RANK, Shape},
    spec::{Rule, SpecError},
    tensor::Tensor,
    value::Value,
};

/// What [`constant`] takes: a scalar, or arrays of scalars, nested up to eight deep; texts too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no constant of `{T}`",
    label = "expected a number, a bool, a text, or (nested) arrays of them, of the type `{T}`",
    note = "write numbers as literals of the type (`1.0` for f32), or convert: `tf::cast::<{T}, _>(..)`",
    note = "for an ndarray array use `tf::constant_array(&array)`"
)]
pub trait ConstantArgument<T: Element>: Copy {
    #[doc(hidden)]
    const SIZES: ([usize; MAX_RANK], usize);
    #[doc(hidden)]
    fn elements(&self, out: &mut Vec<T>);
}

macro_rules! scalar_constants {
    ($($t:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl ConstantArgument<$t> for $t {
            const SIZES: ([usize; MAX_RANK], usize) = ([0; MAX_RANK], 0);
            fn elements(&self, out: &mut Vec<$t>) { out.push(*self); }
        }
    )* };
}
scalar_constants!(half::f16, half::bf16, f32, f64, i8, i16, i32, i64, u8, u16, u32, u64, bool);

#[diagnostic::do_not_recommend]
impl ConstantArgument<String> for &str {
    const SIZES: ([usize; MAX_RANK], usize) = ([0; MAX_RANK], 0);
    fn elements(&self, out: &mut Vec<String>) {
        out.push((*self).to_owned());
    }
}

impl<T: Element, A: ConstantArgument<T>, const N: usize> ConstantArgument<T> for [A; N] {
    const SIZES: ([usize; MAX_RANK], usize) = {
        let (inner, rank) = A::SIZES;
        let mut sizes = [0; MAX_RANK];
        sizes[0] = N;
        let mut i = 0;
        while i < rank && i + 1 < MAX_RANK {
            sizes[i + 1] = inner[i];
            i += 1;
        }
        (sizes, rank + 1)
    };
    fn elements(&self, out: &mut Vec<T>) {
        for inner in self {
            inner.elements(out);
        }
    }
}

static RANK_LIMIT: Rule = Rule {
    code: "E-RANK-LIMIT",
    says: "the value has {x} dimensions, and eight are the most",
    left: "",
    right: "",
    help: "join dimensions: a value of `[2, 3]` holds as much as one of `[6]`",
};

const fn too_deep(rank: usize) -> SpecError {
    SpecError::new("constant", &RANK_LIMIT).numbers(rank as i64, 0)
}

const fn shape_of<T: Element, A: ConstantArgument<T>>() -> Result<Shape, SpecError> {
    let (sizes, rank) = A::SIZES;
    if rank > MAX_RANK { Err(too_deep(rank)) } else { Ok(Shape::of(sizes.split_at(rank).0)) }
}

/// A tensor of these values: a scalar, or arrays inside arrays. TensorFlow: `tf.constant`.
///
/// Numbers take the element type that the tensor's use asks for; where nothing does, `i32` and `f64`, as in Rust.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, constant};
/// let graph = Graph::new();
/// let c = graph.build(|| constant([[1, 2, 3], [4, 5, 6]]))?;
/// assert_eq!(c.shape().to_string(), "[2, 3]");
/// assert_eq!(Session::new(&graph)?.run(c)?[[1, 2]], 6);
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn constant<T: Element, A: ConstantArgument<T>>(values: A) -> Tensor<T> {
    let ruled = shape_of::<T, A>();
    let mut elements = Vec::new();
    values.elements(&mut elements);
    // What is nested too deep becomes no node, so any shape of as many elements does.
    let sizes = ruled.ok().and_then(|shape| shape.to_vec()).unwrap_or_else(|| vec![elements.len()]);
    ruled_node(Value::new(sizes, elements), ruled)
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct constant<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> constant<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    #[track_caller]
    pub const fn call<T: Element, A: ConstantArgument<T>>(self, _: A) -> Tensor<T> {
        Tensor::at_build_time(self.cx.settle(&[], shape_of::<T, A>()))
    }
}

/// A tensor of the values of an ndarray array.
#[track_caller]
pub fn constant_array<T: Element, S: ndarray::Data<Elem = T>, D: ndarray::Dimension>(
    values: &ndarray::ArrayBase<S, D>,
) -> Tensor<T> {
    node(crate::value::IntoValue::<T>::into_value(values))
}

#[track_caller]
pub(crate) fn node<T: Element>(value: Value) -> Tensor<T> {
    let rank = value.shape().len();
    let ruled = if rank > MAX_RANK { Err(too_deep(rank)) } else { Ok(Shape::of(value.shape())) };
    ruled_node(value, ruled)
}

#[track_caller]
fn ruled_node<T: Element>(value: Value, ruled: Result<Shape, SpecError>) -> Tensor<T> {
    apply("Const", Constant { value }.into(), &[], |_| ruled)
}

/// A value in the graph.
#[derive(Clone, Debug)]
pub struct Constant {
    pub(crate) value: Value,
}

impl Constant {
    pub(super) const fn type_name(&self) -> &'static str {
        "Const"
    }
    pub(super) fn run(&self, _: &mut Run<'_>) -> Result<Value> {
        Ok(self.value.clone())
    }
}

op! {
    /// A scalar of the element type that its use asks for, in layers generic over it: `x * tf::scalar(0.5)`.
    pub fn scalar[T: crate::dtype::Number](value: f64) -> T;
    "Const": ScalarConstant { value }, ()
}

/// A number that takes its element type from its use.
#[derive(Clone, Copy, Debug)]
pub struct ScalarConstant {
    pub(crate) value: f64,
}

impl ScalarConstant {
    pub(super) const fn of(value: f64) -> ScalarConstant {
        ScalarConstant { value }
    }
    pub(super) const fn type_name(&self) -> &'static str {
        "Const"
    }
    pub(crate) const fn rule(&self, _: &[Shape]) -> Result<Shape, crate::spec::SpecError> {
        Ok(Shape::SCALAR)
    }
    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }
    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        Ok(crate::engine::cast::number(self.value, run.spec(0).dtype))
    }
}
