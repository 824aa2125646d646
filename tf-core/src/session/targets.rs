//! What a run's fetches and feeds mean in the graph.

use super::{Feed, Target};
use crate::{
    engine::plan::Signature,
    error::{Error, Result, Status},
    graph::{State, node::Operation, orphan_error},
    shape::MAX_RANK,
    spec::Spec,
    store::nearest,
    tensor::{NO_NODE, Tensor, Variable},
};

/// What a run asks for and is given, after names are looked up and fed values held against what they stand for.
pub(super) fn signature(state: &State, targets: &[Target], feeds: &[Feed]) -> Result<Signature> {
    let fetches = targets.iter().map(|target| resolve(state, target)).collect::<Result<Vec<_>>>()?;
    let mut given: Vec<(u32, u16)> = Vec::with_capacity(feeds.len());
    for feed in feeds {
        let (node, output) = resolve(state, &feed.target)?;
        let key = (node, output.unwrap_or(0));
        if given.contains(&key) {
            let name = &state.nodes[node as usize].name;
            return Err(Error::new(
                Status::InvalidArgument,
                "E-FEED-TWICE",
                format!("`{name}` is fed twice\n  help: leave one of the feeds out"),
            ));
        }
        let found = &state.nodes[node as usize];
        let rank = feed.value.shape().len();
        if rank > MAX_RANK {
            return Err(Error::new(
                Status::InvalidArgument,
                "E-RANK-LIMIT",
                format!(
                    "`{}` is fed an array of {rank} dimensions, and eight are the most\n  help: join dimensions of the array before it is fed",
                    found.name
                ),
            )
            .at_node(&found.name)
            .at(found.at));
        }
        let spec =
            found.outputs.get(key.1 as usize).copied().unwrap_or(Spec::new(feed.value.dtype(), crate::Shape::UNKNOWN));
        if feed.value.dtype() != spec.dtype || !spec.shape.fits(feed.value.shape()) {
            return Err(Error::new(
                Status::InvalidArgument,
                "E-FEED-SHAPE",
                format!(
                    "`{}` is {spec}, and is fed {}{:?}\n  help: feed an array of that type and shape",
                    found.name,
                    feed.value.dtype(),
                    feed.value.shape()
                ),
            )
            .at_node(&found.name)
            .at(found.at));
        }
        given.push(key);
    }
    Ok(Signature { fetches, feeds: given })
}

/// Feeds of the parts in the place of feeds of variables in parts, if there are some; what does not fit stays, to be refused.
pub(super) fn cut_feeds(state: &State, feeds: &[Feed]) -> Option<Vec<Feed>> {
    let whole = |feed: &Feed| match feed.target {
        Target::Node { graph, node, .. } => state.variable_index(graph, node).filter(|&index| {
            let nodes = &state.variables[index];
            let fits = nodes.spec.dtype == feed.value.dtype() && nodes.spec.shape.fits(feed.value.shape());
            nodes.partition.is_some() && fits
        }),
        Target::Name(_) => None,
    };
    feeds.iter().find_map(whole)?;
    let cut = |feed: &Feed| match whole(feed) {
        None => vec![feed.clone()],
        Some(index) => state
            .parts_of(index)
            .into_iter()
            .filter_map(|part| {
                let part = &state.variables[part];
                let target = Target::Node { graph: state.id, node: part.handle, output: Some(0) };
                Some(Feed { target, value: part.part_of.as_ref()?.of(&feed.value) })
            })
            .collect(),
    };
    Some(feeds.iter().flat_map(cut).collect())
}

/// Operations as what a run is asked for.
pub(super) fn of_operations(operations: &[Operation]) -> Vec<Target> {
    let target = |operation: &Operation| Target::Node { graph: operation.graph, node: operation.node, output: None };
    operations.iter().map(target).collect()
}

/// The number of a variable of this graph.
pub(super) fn variable<T>(state: &State, variable: &Variable<T>) -> Result<u32> {
    let Tensor { graph, node, .. } = variable.0;
    if let Some(index) = state.variable_index(graph, node) {
        return Ok(index as u32);
    }
    Err(orphan_error(graph, node).unwrap_or_else(foreign))
}

fn foreign() -> Error {
    Error::new(
        Status::InvalidArgument,
        "E-GRAPH-MIXED",
        "what is asked for, or fed, belongs to another graph than the session's, or to a build that failed\n  help: make the session on the graph that it was built in",
    )
}

/// The node and output that a target means in this graph.
fn resolve(state: &State, target: &Target) -> Result<(u32, Option<u16>)> {
    match target {
        Target::Name(name) => {
            let (op, output) = match name.rsplit_once(':') {
                Some((op, output)) => (op, output.parse().unwrap_or(u16::MAX)),
                None => (name.as_str(), 0),
            };
            let found = state.nodes.iter().position(|node| *node.name == *op && (output as usize) < node.outputs.len());
            found.map(|node| (node as u32, Some(output))).ok_or_else(|| {
                let near =
                    nearest(op, state.nodes.iter().filter(|node| !node.outputs.is_empty()).map(|node| &*node.name));
                let hint =
                    near.map_or_else(|| "the graph is empty".to_owned(), |near| format!("did you mean `{near}`?"));
                Error::new(Status::NotFound, "E-NO-TENSOR", format!("the graph has no tensor `{name}`\n  help: {hint}"))
            })
        }
        &Target::Node { graph, node, output } => {
            if let Some(error) = orphan_error(graph, node) {
                return Err(error);
            }
            if node == NO_NODE || state.is_foreign(graph, node) {
                return Err(foreign());
            }
            Ok((node, output))
        }
    }
}
