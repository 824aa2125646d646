//! Variables in parts: the handle of the whole, and updates of it.

use crate::{
    check::parts::IN_PARTS,
    dtype::Element,
    engine::run::Run,
    error::Result,
    graph::{node::Input, with_current},
    mistake::Mistake,
    ops::{Concat, Op},
    shape::Shape,
    spec::{Spec, SpecError},
    tensor::{NO_NODE, Tensor},
    value::Value,
};
use std::panic::Location;

/// The handle of a variable in parts; fetching it joins what its inputs read of those.
#[derive(Clone, Copy, Debug)]
pub struct PartitionedVariable {
    pub(crate) variable: u32,
    pub(crate) axis: i32,
}

impl PartitionedVariable {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        "PartitionedVariable"
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        Concat { axis: self.axis }.run(run)
    }
}

/// The function of an op that changes a variable in one piece, and cannot be done part by part.
const fn needs_one_piece(op: &Op) -> Option<&'static str> {
    match op {
        Op::Scatter(op) => Some(op.function()),
        Op::ScatterNd(op) => Some(op.function()),
        Op::AssignSlice(_) => Some("assign"),
        _ => None,
    }
}

/// Adds the nodes of an op for each part of a variable; `inputs`, in the shape of the whole, are cut as it is. Yields the results, joined.
/// An op that cannot work so is a mistake.
pub(super) fn change_parts<R: Element>(
    label: &str,
    whole: usize,
    inputs: &[Input],
    op: impl Fn(u32) -> Op,
    at: &'static Location<'static>,
) -> Tensor<R> {
    let made = with_current(label, |state| {
        let shape = state.variables[whole].spec.shape;
        if let Some(function) = needs_one_piece(&op(whole as u32)) {
            let error = SpecError::new(function, &IN_PARTS).shapes(shape, Shape::UNKNOWN);
            state.record(&Mistake::Spec(error), at);
            return Input { shape: Shape::POISON, graph: state.id, node: NO_NODE, output: 0 };
        }
        let mut results = Vec::new();
        for part in state.parts_of(whole) {
            let name = format!("{}{label}/split", state.thread().name_scope);
            let cut: Vec<Input> = inputs.iter().map(|input| state.slice_of_part(part, *input, &name, at)).collect();
            let spec = Spec::new(R::DTYPE, state.variables[part].spec.shape);
            let (graph, node, _) = state.add(label, op(part as u32), &cut, |_| Ok([spec].into()), at);
            results.push(Input { shape: spec.shape, graph, node, output: 0 });
        }
        state.joined_parts(whole, &results, at)
    });
    match made {
        Ok(made) => Tensor::new(made.shape, made.graph, made.node, made.output),
        Err(orphan) => orphan.tensor(),
    }
}
