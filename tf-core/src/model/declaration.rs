//! What a model declares of itself, and what its body is held against: at build time, and when the graph is built.

use crate::{
    check::Cx,
    dtype::Element,
    error::{Error, Status},
    graph::with_current,
    mistake::Mistake,
    shape::{ALL_APART, ANY_DIM, Dim, Shape, dims_compatible, is_size},
    spec::Spec,
    tensor::{AsTensor, NO_NODE, Tensor},
    text::Text,
};
use core::panic::Location;

/// An input or output of a model: its name and what is declared of it.
#[derive(Clone, Copy, Debug)]
pub struct Port {
    /// The name in the signature; empty for outputs.
    pub name: &'static str,
    /// Shape and element type.
    pub spec: Spec,
}

/// What a model declares of itself.
#[derive(Debug)]
pub struct Declaration {
    /// The model's name.
    pub name: &'static str,
    /// The names of its named dimensions.
    pub symbols: &'static [&'static str],
    /// Its inputs.
    pub inputs: &'static [Port],
    /// Its outputs.
    pub outputs: &'static [Port],
}

impl Declaration {
    /// The number of an output, where there are others to tell it from.
    const fn index_of_many(&self, index: usize) -> Option<usize> {
        if self.outputs.len() > 1 { Some(index) } else { None }
    }

    /// A spec with the names of its dimensions.
    pub(super) fn show(&self, spec: &Spec) -> String {
        let mut text = Text::with_symbols(self.symbols);
        text.str(spec.dtype.name()).shape(&spec.shape);
        text.as_str().to_owned()
    }

    /// An output in the words of [`Mistake::Output`].
    pub(super) fn describe_output(&self, index: usize) -> String {
        match self.index_of_many(index) {
            Some(index) => format!("output {} of model `{}`", index + 1, self.name),
            None => format!("the output of model `{}`", self.name),
        }
    }
}

/// An input of a model under check.
#[doc(hidden)]
pub const fn input<T: Element>(declared: &Declaration, index: usize, _: Cx<'_>) -> Tensor<T> {
    Tensor::at_build_time(Shape { apart: ALL_APART, ..declared.inputs[index].spec.shape })
}

/// Holds what the body returns against the declared output.
#[doc(hidden)]
#[track_caller]
pub const fn output<T: Element>(declared: &Declaration, index: usize, found: Tensor<T>, cx: Cx<'_>) {
    cx.uses(found.variable());
    let want = declared.outputs[index].spec;
    if T::DTYPE.is_float() && want.shape.rank == 0 {
        cx.loss(index, &found.shape);
    }
    if !returns(&want.shape, &found.shape) {
        let found = Spec::new(T::DTYPE, found.shape);
        cx.mistake(&Mistake::Output {
            model: declared.name,
            index: declared.index_of_many(index),
            declared: want,
            found,
        });
    }
}

/// Whether a body may return `found` where `declared` stands. An unknown size is looked at when the model runs; a named one is
/// promised to follow the input of that name, so a number or another name is a mistake.
const fn returns(declared: &Shape, found: &Shape) -> bool {
    if !declared.has_rank() || !found.has_rank() {
        return true;
    }
    if declared.rank() != found.rank() {
        return false;
    }
    let mut i = 0;
    while i < declared.rank() {
        let (d, f) = (declared.d(i), found.d(i));
        let named = is_name(d) && (is_size(f) || is_name(f)) && d != f;
        if named || !dims_compatible(d, f) {
            return false;
        }
        i += 1;
    }
    true
}

const fn is_name(dim: Dim) -> bool {
    !is_size(dim) && dim != ANY_DIM
}

/// A tensor as argument of a model that is used inside a bigger graph.
#[doc(hidden)]
#[track_caller]
pub fn argument<T: Element>(declared: &Declaration, index: usize, value: impl AsTensor<T>) -> Tensor<T> {
    let tensor = value.as_tensor();
    let port = declared.inputs[index];
    if port.spec.shape.compatible(&tensor.shape) {
        return tensor;
    }
    let at = Location::caller();
    let error = Error::new(
        Status::InvalidArgument,
        "E-INPUT",
        format!(
            "input `{}` of model `{}` is declared as {}, and is given {}\n  help: give it a tensor of that shape, or declare another",
            port.name,
            declared.name,
            declared.show(&port.spec),
            tensor.spec()
        ),
    )
    .at(at);
    // With no graph there is nothing to record it in but the orphan that the tensor is then.
    let _ = with_current(declared.name, |state| state.mistakes.push(error));
    Tensor::new(Shape::POISON, tensor.graph, NO_NODE, 0)
}

/// Holds an output of a model's body against what is declared, in the graph being built.
#[doc(hidden)]
#[track_caller]
pub fn result<T: Element>(declared: &Declaration, index: usize, found: Tensor<T>) -> Tensor<T> {
    let want = declared.outputs[index].spec;
    if !found.shape.is_poison() && !returns(&want.shape, &found.shape) {
        let at = Location::caller();
        let found = found.spec();
        let _ = with_current(declared.name, |state| {
            let index = declared.index_of_many(index);
            state.record(&Mistake::Output { model: declared.name, index, declared: want, found }, at);
        });
    }
    found
}
