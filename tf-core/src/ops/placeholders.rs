//! Placeholders, identity, grouping.

use super::NO_FLOPS;
use crate::{
    check::at_build_time,
    differentiation::backward::Backward,
    dtype::Element,
    engine::run::{Outputs, Run},
    error::Result,
    graph::node::{Operation, Operations, apply, apply_operation, enter_control_dependencies},
    shape::Shape,
    spec::SpecError,
    tensor::{AsTensor, ShapeArgument, Tensor, shape_argument},
    value::Value,
};

/// A value that is fed when the graph runs; [`ANY`](crate::ANY) stands for sizes known only then.
///
/// TensorFlow: `tf.placeholder`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{ANY, Graph, Session, placeholder};
/// let graph = Graph::new();
/// let (x, y) = graph.build(|| {
///     let x = placeholder::<f32, _>("x", [ANY, 2]);
///     (x, x * 2.0)
/// })?;
/// let session = Session::new(&graph)?;
/// let y = session.run_with(y, &[x.feed(ndarray::arr2(&[[1.0, 2.0]]))])?;
/// assert_eq!(y, ndarray::arr2(&[[2.0, 4.0]]).into_dyn());
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn placeholder<T: Element, S: ShapeArgument>(name: &str, shape: S) -> Tensor<T> {
    let label = if name.is_empty() { "Placeholder" } else { name };
    apply(label, Placeholder.into(), &[], |_| shape_argument(shape).map(|shape| shape.unwrap_or(Shape::UNKNOWN)))
}

/// A value to be fed.
#[derive(Clone, Copy, Debug)]
pub struct Placeholder;

impl Placeholder {
    pub(super) const fn type_name(&self) -> &'static str {
        "Placeholder"
    }
    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        Err(run.unfed())
    }
}

op! {
    /// The same tensor as a node of its own. TensorFlow: `tf.identity`.
    pub fn identity[T: Element](x: impl AsTensor<T>) -> T;
    "Identity": Identity, (x)
}

/// Passes its input on.
#[derive(Clone, Copy, Debug)]
pub struct Identity;

impl Identity {
    pub(super) const fn type_name(&self) -> &'static str {
        "Identity"
    }
    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[0])
    }
    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }
    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        Ok(run.take(0))
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        back.pass_on(0);
    }
}

/// The same tensor under a name of its own, by which it can be fetched. TensorFlow: `tf.identity(x, name=..)`.
#[track_caller]
pub fn named<T: Element>(x: impl AsTensor<T>, name: &str) -> Tensor<T> {
    apply(name, Identity.into(), &[x.as_tensor().into()], |shapes| Ok(shapes[0]))
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct named<'cx> {
    cx: crate::check::Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> named<'cx> {
    pub const fn at(cx: crate::check::Cx<'cx>) -> Self {
        Self { cx }
    }
    pub const fn call<T: Element>(self, x: impl AsTensor<T>, _: &str) -> Tensor<T> {
        Tensor::at_build_time(self.cx.input(x))
    }
}

/// One operation that stands for several. TensorFlow: `tf.group`.
#[track_caller]
pub fn group(operations: impl Operations) -> Operation {
    group_named("group_deps", operations)
}

at_build_time! {
    pub fn group[O: Operations](operations: O) -> Operation {{
        core::mem::forget(operations);
        Operation::AT_BUILD_TIME
    }}
}

#[track_caller]
pub(crate) fn group_named(name: &str, operations: impl Operations) -> Operation {
    let _inside = enter_control_dependencies(operations);
    apply_operation(name, Group.into(), &[])
}

/// Does nothing, after its control inputs.
#[derive(Clone, Copy, Debug)]
pub struct Group;

impl Group {
    pub(super) const fn type_name(&self) -> &'static str {
        "NoOp"
    }
    pub(super) fn run(&self, _: &mut Run<'_>) -> Result<Outputs> {
        Ok(Outputs::None)
    }
}
