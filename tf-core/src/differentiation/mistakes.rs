//! Why there is no gradient, in words.

use super::walk::Dependent;
use crate::{
    error::{Error, Status},
    graph::{State, node::Node},
};
use std::{collections::HashMap, panic::Location};

/// How many ops of a path are named.
const NAMED: usize = 8;

/// Where the way back ended.
pub(super) struct Path<'w> {
    pub(super) dependent: &'w Dependent,
    /// From which node each one got a slope.
    pub(super) from: &'w HashMap<u32, u32>,
    pub(super) node: u32,
}

impl Path<'_> {
    /// The names from what is differentiated to what it is differentiated for.
    fn names(&self, state: &State) -> Vec<String> {
        let mut behind = Vec::new();
        let mut node = self.node;
        while let Some(&next) = self.from.get(&node) {
            behind.push(next);
            node = next;
        }
        behind.reverse();
        behind.push(self.node);
        let mut node = self.node;
        while let Some(&(input, _)) = self.next(state, node) {
            behind.push(input);
            node = input;
        }
        behind.into_iter().map(|node| name(state, &state.nodes[node as usize])).collect()
    }

    /// The input of a node that leads on to a source.
    fn next<'s>(&self, state: &'s State, index: u32) -> Option<&'s (u32, u16)> {
        let node = &state.nodes[index as usize];
        if self.dependent.is_source(index, &node.op) {
            return None;
        }
        let carries = |&&(from, output): &&(u32, u16)| {
            self.dependent.holds(from) && state.nodes[from as usize].outputs[output as usize].dtype.is_float()
        };
        node.inputs.iter().find(carries)
    }
}

/// A node by the name that the user gave: a variable's, where it reads one.
pub(super) fn name(state: &State, node: &Node) -> String {
    match node.op.reads() {
        Some(variable) => state.variables[variable as usize].name.to_string(),
        None => node.name.to_string(),
    }
}

/// The op at the end of the path has no gradient.
pub(super) fn no_gradient(state: &State, path: &Path<'_>, at: &'static Location<'static>) -> Error {
    let node = &state.nodes[path.node as usize];
    let names = path.names(state);
    let mut shown: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if shown.len() > NAMED {
        let after = shown.len() - NAMED / 2;
        shown.splice(NAMED / 2..after, ["..".to_owned()]);
    }
    let (y, x) = (&names[0], &names[names.len() - 1]);
    let text = format!(
        "op `{}` ({}) has no gradient, and `{y}` depends on `{x}` through it\n  made at {}:{}:{}\n  path: {}\n  help: keep the gradient from it with `tf::stop_gradient(..)`, or give it one with `tf::custom_gradient(..)`",
        node.name,
        node.op.type_name(),
        node.at.file(),
        node.at.line(),
        node.at.column(),
        shown.join(" -> "),
    );
    Error::new(Status::InvalidArgument, "E-NO-GRADIENT", text).at(at).at_node(&node.name)
}

/// What is differentiated does not depend on what it is to be differentiated for. A read of a variable that nothing else uses is
/// meant to be the variable.
pub(super) fn independent(y: &str, x: &str, is_read: bool, at: &'static Location<'static>) -> Error {
    let text = if is_read {
        format!(
            "`{y}` does not depend on this read of `{x}`, each read being a tensor of its own\n  help: give the variable itself in place of its value: its gradient is that of all reads"
        )
    } else {
        format!(
            "`{y}` does not depend on `{x}`, so there is no gradient\n  help: compute `{y}` from it; to go on without, ask with `tf::gradients_or_zeros(..)` or `tf::gradients_or_none(..)`"
        )
    };
    Error::new(Status::InvalidArgument, "E-GRADIENT-NONE", text).at(at)
}
