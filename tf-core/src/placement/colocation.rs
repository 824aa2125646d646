//! Ops placed beside others (V12, V13).

use super::scopes::{DeviceGuard, OpenDevices, enter};
use crate::{
    graph::{
        Graph, State,
        node::{Neighbours, Operation},
    },
    tensor::NO_NODE,
};
use std::panic::Location;

/// Ops made in `body` are placed beside `op`, whatever `device` scopes are open, also inside; scopes inside each other add
/// up. TensorFlow: `tf.colocate_with`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, colocate_with, constant, device};
/// let graph = Graph::new();
/// let b = graph.build(|| {
///     let a = device("/cpu:1", || constant(1.0f32));
///     colocate_with(a, || constant(2.0f32))
/// })?;
/// assert_eq!(graph.device_of(b).unwrap().to_string(), "/device:CPU:1");
/// assert_eq!(graph.colocated_with(b), ["Const"]);
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn colocate_with<R>(op: impl Into<Operation>, body: impl FnOnce() -> R) -> R {
    let _guard = enter_colocation(op);
    body()
}

/// [`colocate_with`] that forgets the scopes of that kind around it. TensorFlow: `tf.colocate_with(op, ignore_existing=True)`.
#[track_caller]
pub fn colocate_only_with<R>(op: impl Into<Operation>, body: impl FnOnce() -> R) -> R {
    let _forgotten = enter("colocate_only_with", |_, _| OpenDevices::new(Vec::new(), Vec::new()));
    let _guard = enter_colocation(op);
    body()
}

/// Ops made in `body` are placed beside none, on no device of a scope around it. TensorFlow:
/// `tf.colocate_with(None, ignore_existing=True)`.
#[track_caller]
pub fn without_colocation<R>(body: impl FnOnce() -> R) -> R {
    let _guard = enter("without_colocation", |_, _| OpenDevices::new(Vec::new(), Vec::new()));
    body()
}

#[doc(hidden)]
#[track_caller]
pub fn enter_colocation(op: impl Into<Operation>) -> DeviceGuard {
    let at = Location::caller();
    let op: Operation = op.into();
    enter("colocate_with", |state, before| {
        let refused = state.refuses(op.graph, op.node, || "the op to be placed beside".to_owned(), at);
        if refused || op.node == NO_NODE {
            return before.clone();
        }
        let mut beside = before.beside.clone();
        beside.push(op.node);
        OpenDevices::new(Vec::new(), beside)
    })
}

impl State {
    /// The nodes that something beside these is tied to. Ties do not chain: who stands beside a neighbour stands beside the same (V12).
    pub(super) fn neighbours(&self, beside: &[u32]) -> Neighbours {
        let tied = |&node: &u32| match &self.nodes[node as usize].colocated[..] {
            [] => [node].into(),
            _ => self.nodes[node as usize].colocated.clone(),
        };
        let [first, others @ ..] = beside else { return Neighbours::NONE };
        if others.is_empty() {
            return tied(first);
        }
        let mut found: Vec<u32> = beside.iter().map(tied).flat_map(|tied| tied.to_vec()).collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().collect()
    }
}

impl Graph {
    /// The names of the ops that an op is placed beside: its own where it stands alone; none for one of another graph. TensorFlow:
    /// `op.colocation_groups()`.
    pub fn colocated_with(&self, op: impl Into<Operation>) -> Vec<String> {
        let op = op.into();
        let state = self.state();
        if op.node == NO_NODE || state.is_foreign(op.graph, op.node) {
            return Vec::new();
        }
        let mut names: Vec<String> =
            state.neighbours(&[op.node]).iter().map(|&node| state.nodes[node as usize].name.to_string()).collect();
        names.sort();
        names
    }
}
