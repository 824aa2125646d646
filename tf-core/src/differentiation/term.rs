//! A tensor whose element type is a value: what gradients compute with. Each operation on it is an ordinary node of the graph.

use crate::{
    dtype::{DType, Element},
    graph::{node::Input, with_current},
    ops::Op,
    shape::{ANY_DIM, Shape},
    spec::{Spec, SpecError},
    tensor::{NO_NODE, Tensor},
};
use std::panic::Location;

/// A tensor of any element type. What is computed from it is made at the place of the op whose gradient that belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Term {
    pub(crate) input: Input,
    pub(crate) dtype: DType,
    pub(crate) at: &'static Location<'static>,
}

impl Term {
    pub(crate) fn of<T: Element>(tensor: Tensor<T>, at: &'static Location<'static>) -> Term {
        Term { input: tensor.into(), dtype: T::DTYPE, at }
    }

    pub(crate) fn shape(&self) -> Shape {
        self.input.shape
    }

    /// The tensor, whose element type the caller knows to be `T`.
    pub(crate) fn tensor<T: Element>(self) -> Tensor<T> {
        debug_assert!(self.dtype.is(T::DTYPE), "a term is read as what it is");
        Tensor::new(self.input.shape, self.input.graph, self.input.node, self.input.output)
    }

    /// The same tensor, from which more is computed for the op made at `at`.
    pub(crate) fn made_at(self, at: &'static Location<'static>) -> Term {
        Term { at, ..self }
    }

    /// A node of one output, whose shape follows from the op's rule.
    pub(crate) fn node(op: impl Into<Op>, inputs: &[Term], dtype: DType, at: &'static Location<'static>) -> Term {
        let op = op.into();
        let shapes: Vec<Shape> = inputs.iter().map(Term::shape).collect();
        let ruled = op.rule(&shapes).expect("gradients are made of ops with a shape rule");
        Self::nodes(op, inputs, dtype, at, || ruled.map(|shape| vec![shape]))[0]
    }

    /// A node of several outputs of these shapes.
    pub(crate) fn nodes(
        op: impl Into<Op>,
        inputs: &[Term],
        dtype: DType,
        at: &'static Location<'static>,
        shapes: impl FnOnce() -> Result<Vec<Shape>, SpecError>,
    ) -> Vec<Term> {
        let op = op.into();
        let name = op.type_name();
        let inputs: Vec<Input> = inputs.iter().map(|term| term.input).collect();
        let mut count = 1;
        let made = with_current(name, |state| {
            state.add(
                name,
                op,
                &inputs,
                |_| {
                    let shapes = shapes()?;
                    count = shapes.len();
                    Ok(shapes.into_iter().map(|shape| Spec::new(dtype, shape)).collect())
                },
                at,
            )
        });
        let term = |shape, graph, node, output| Term { input: Input { shape, graph, node, output }, dtype, at };
        match made {
            Ok((graph, node, Some(specs))) => {
                specs.iter().enumerate().map(|(i, spec)| term(spec.shape, graph, node, i as u16)).collect()
            }
            Ok((graph, _, None)) => vec![term(Shape::POISON, graph, NO_NODE, 0); count],
            Err(orphan) => {
                let orphan: Tensor<f32> = orphan.tensor();
                vec![term(Shape::POISON, orphan.graph, orphan.node, 0); count]
            }
        }
    }

    /// A node on this term alone, of its element type.
    pub(crate) fn then(self, op: impl Into<Op>) -> Term {
        Self::node(op, &[self], self.dtype, self.at)
    }

    /// A node on this term and another one, of its element type.
    pub(crate) fn and(self, op: impl Into<Op>, other: Term) -> Term {
        Self::node(op, &[self, other], self.dtype, self.at)
    }

    /// Whether both are known to have one shape.
    pub(crate) fn is_shaped_as(&self, other: &Term) -> bool {
        let shape = self.shape();
        shape.has_rank() && shape == other.shape() && !shape.dims().contains(&ANY_DIM)
    }
}
