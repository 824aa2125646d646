//! Conversion between element types.

use super::per_element;
use crate::{
    check::Cx,
    differentiation::backward::Backward,
    dtype::Element,
    engine::{self, run::Run},
    error::Result,
    graph::node::apply,
    shape::Shape,
    spec::SpecError,
    tensor::{AsTensor, Tensor},
    value::Value,
};

/// The same values as elements of `U`: `tf::cast::<f32, _>(x)`.
///
/// Numbers convert as Rust's `as` does: rounded, truncated toward zero, held within the type's limits. Truth values are 0 and 1,
/// and everything but 0 is true. Numbers become their decimal texts, and are read from them; a text that is no number becomes NaN,
/// or 0 among integers. A tensor of `U` is returned as it is. TensorFlow: `tf.cast`, `tf.as_string`, `tf.strings.to_number`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, cast, constant};
/// let graph = Graph::new();
/// let n = graph.build(|| cast::<i32, _>(constant([2.9f32, -2.9])))?;
/// assert_eq!(Session::new(&graph)?.run(n)?, ndarray::arr1(&[2, -2]).into_dyn());
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn cast<U: Element, T: Element>(x: impl AsTensor<T>) -> Tensor<U> {
    let x = x.as_tensor();
    if U::DTYPE.is(T::DTYPE) {
        return Tensor::new(x.shape, x.graph, x.node, x.output);
    }
    apply("Cast", Cast.into(), &[x.into()], |shapes| Cast.rule(shapes))
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct cast<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> cast<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    #[track_caller]
    pub const fn call<U: Element, T: Element>(self, x: impl AsTensor<T>) -> Tensor<U> {
        let shape = self.cx.input(x);
        if !U::DTYPE.is(T::DTYPE) {
            self.cx.count(Cast.flops(&[shape], &shape));
        }
        Tensor::at_build_time(shape)
    }
}

/// Converts to the element type of its output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cast;

impl Cast {
    pub(super) const fn type_name(&self) -> &'static str {
        "Cast"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[0])
    }

    pub(crate) const fn flops(&self, _: &[Shape], output: &Shape) -> u64 {
        per_element(output)
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        Ok(engine::cast::cast(run.input(0), run.spec(0).dtype))
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (x, slope) = (back.input(0), back.slope());
        back.give(0, || slope.cast(x.dtype));
    }
}
