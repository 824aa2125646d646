//! From fetches and feeds to the steps to take: what nothing asks for is left out.

use crate::{error::Error, graph::State, ops::Op, spec::Spec};
use std::{collections::HashMap, panic::Location, sync::Arc};

/// What a run asks for and is given: plans are made once for each.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Signature {
    /// Node and output of each value to hand out; no output for operations.
    pub(crate) fetches: Vec<(u32, Option<u16>)>,
    /// Node and output of each value that is given.
    pub(crate) feeds: Vec<(u32, u16)>,
}

/// An op to run.
pub(crate) struct Step {
    pub(crate) node: u32,
    pub(crate) op: Op,
    pub(crate) name: String,
    /// Where the inputs lie, and whether this is the last use of each.
    pub(crate) inputs: Vec<(usize, bool)>,
    /// Where the outputs go: the first place; the others follow.
    pub(crate) output: usize,
    pub(crate) specs: Vec<Spec>,
    /// Whether every input's shape was known when the graph was built, so that the op's rule has nothing left to refuse.
    pub(crate) ruled: bool,
    pub(crate) at: &'static Location<'static>,
    pub(crate) scope: Arc<str>,
}

/// The steps of a run, in an order in which every input is there.
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// How many places for values there are.
    pub(crate) places: usize,
    /// Where the fed values go.
    pub(crate) feeds: Vec<usize>,
    /// Where the fetched values lie.
    pub(crate) fetches: Vec<Option<usize>>,
    /// The variables that the steps touch.
    pub(crate) variables: Vec<u32>,
}

impl Plan {
    /// Plans the part of the graph that the signature needs. Nodes are in the order they were made, in which every node comes
    /// after its inputs; so is the order of initial values that depend on other variables.
    pub(crate) fn new(state: &State, signature: &Signature) -> Plan {
        let mut needed = vec![false; state.nodes.len()];
        let mut open: Vec<u32> = Vec::new();
        for &(node, output) in &signature.fetches {
            if !output.is_some_and(|output| signature.feeds.contains(&(node, output))) {
                open.push(node);
            }
        }
        while let Some(node) = open.pop() {
            if std::mem::replace(&mut needed[node as usize], true) {
                continue;
            }
            let node = &state.nodes[node as usize];
            open.extend(node.inputs.iter().filter(|input| !signature.feeds.contains(input)).map(|input| input.0));
            open.extend(&node.control);
        }

        let mut places: HashMap<(u32, u16), usize> = HashMap::new();
        let mut next = 0;
        let mut feeds = Vec::new();
        for &feed in &signature.feeds {
            places.insert(feed, next);
            feeds.push(next);
            next += 1;
        }
        let mut steps = Vec::new();
        let mut variables = Vec::new();
        for (index, _) in needed.iter().enumerate().filter(|(_, needed)| **needed) {
            let node = &state.nodes[index];
            let output = next;
            for k in 0..node.outputs.len() {
                // A fed output keeps the place of the fed value.
                places.entry((index as u32, k as u16)).or_insert(output + k);
            }
            next += node.outputs.len();
            if let Some(variable) = node.op.variable()
                && !variables.contains(&variable)
            {
                variables.push(variable);
            }
            steps.push(Step {
                node: index as u32,
                op: node.op.clone(),
                name: node.name.clone(),
                inputs: node.inputs.iter().map(|input| (places[input], false)).collect(),
                output,
                specs: node.outputs.clone(),
                ruled: node.inputs.iter().all(|&(from, output)| {
                    state.nodes[from as usize].outputs[output as usize].shape.is_fully_defined()
                }),
                at: node.at,
                scope: node.scope.clone(),
            });
        }
        let fetches: Vec<Option<usize>> = signature
            .fetches
            .iter()
            .map(|&(node, output)| output.and_then(|output| places.get(&(node, output)).copied()))
            .collect();
        let mut plan = Plan { steps, places: next, feeds, fetches, variables };
        plan.mark_last_uses();
        plan
    }

    /// Marks where a value is used for the last time, so that its memory is freed, or written to, there.
    fn mark_last_uses(&mut self) {
        let mut kept = vec![false; self.places];
        for place in self.fetches.iter().flatten() {
            kept[*place] = true;
        }
        for step in self.steps.iter_mut().rev() {
            for input in step.inputs.iter_mut().rev() {
                input.1 = !std::mem::replace(&mut kept[input.0], true);
            }
        }
    }
}

impl Step {
    /// An error that happened here.
    pub(crate) fn locate(&self, error: Error) -> Error {
        error.at_node(&self.name).at(self.at).in_scope(&self.scope)
    }
}
