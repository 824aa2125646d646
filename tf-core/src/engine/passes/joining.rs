//! Several steps as one: which of their values leave, and how they are numbered inside.

use super::outputs;
use crate::{engine::plan::Step, graph::node::Specs, ops::Op};
use foldhash::HashMap;

/// Steps that go together. Places are numbered: what they read, the first step's inputs first, then their values in their order.
pub(super) struct Joined {
    pub(super) steps: Vec<Step>,
    /// What they read, as it is numbered in the plan.
    pub(super) inputs: Vec<usize>,
    /// Those of their values that leave.
    pub(super) results: Vec<usize>,
}

/// One step of several, as `op` makes it, whose values go to `output` and on, as `to` is told. `readers` says how often each place is read.
pub(super) fn joined(
    mut members: Vec<Step>,
    readers: &[usize],
    output: usize,
    to: &mut HashMap<usize, usize>,
    op: impl FnOnce(Joined) -> Op,
) -> Step {
    let made: Vec<usize> = members.iter().flat_map(outputs).collect();
    let inner: Vec<usize> = members.iter().flat_map(|member| &member.inputs).map(|input| input.0).collect();
    // Those of the first are the first.
    let mut inputs: Vec<usize> = members[0].inputs.iter().map(|input| input.0).collect();
    for &place in &inner {
        if !made.contains(&place) && !inputs.contains(&place) {
            inputs.push(place);
        }
    }
    let inside = |place: usize| inner.iter().filter(|&&read| read == place).count();
    // What is read within stays there, also where it was asked for by its operation.
    let leaves = |place: usize| inside(place) < readers[place] || inside(place) == 0;
    let mut results = Vec::new();
    let mut specs = Specs::NONE;
    let mut number = inputs.len();
    for member in &mut members {
        for (place, spec) in outputs(member).zip(&member.specs) {
            if leaves(place) && !matches!(member.op, Op::Split(_)) {
                to.insert(place, output + results.len());
                results.push(number + place - member.output);
                specs.push(*spec);
            }
        }
        member.output = number;
        number += member.specs.len();
    }
    let place_of = |place: usize| match made.iter().position(|&made| made == place) {
        Some(value) => inputs.len() + value,
        None => inputs.iter().position(|&input| input == place).expect("an input of the step"),
    };
    for (number, member) in members.iter_mut().enumerate() {
        for (k, input) in member.inputs.iter_mut().enumerate() {
            // Of equal inputs the first step's are apart, since it takes them by their numbers.
            *input = (if number == 0 { k } else { place_of(input.0) }, false);
        }
    }
    let like = members[0].clone();
    Step {
        inputs: inputs.iter().map(|&place| (place, false)).collect(),
        output,
        specs,
        ruled: false,
        op: op(Joined { steps: members, inputs, results }),
        ..like
    }
}
