//! In which order the nodes of a run are taken.
//!
//! A node comes after its inputs, so the order in which nodes were made would do, but for initial values: what they read of a variable
//! that is initialized in the same run has to come after its initializer, however late that was made.

use crate::{
    error::{Error, Result, Status},
    graph::State,
    ops::Op,
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    fmt::Write as _,
};

/// The needed nodes in an order to take them in: that in which they were made, where initial values do not ask for another.
/// `before` appends the nodes that a node waits for.
///
/// # Errors
/// E-INITIAL-CYCLE.
pub(super) fn order(state: &State, needed: &[bool], before: impl Fn(u32, &mut Vec<u32>)) -> Result<Vec<u32>> {
    let mut made: Vec<u32> = Vec::with_capacity(needed.iter().filter(|&&needed| needed).count());
    made.extend((0..needed.len() as u32).filter(|&node| needed[node as usize]));
    if !has_late_initializers(state, &made) {
        return Ok(made);
    }
    let mut initializers: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &node in &made {
        if let Op::AssignVariable(op) = &state.nodes[node as usize].op {
            initializers.entry(op.variable).or_default().push(node);
        }
    }
    let initializers_of = |node: u32| uses(state, node).and_then(|variable| initializers.get(&variable));
    let late = |&node: &u32| initializers_of(node).is_some_and(|of| of.iter().any(|&initializer| initializer > node));
    let initial: Vec<u32> = ancestors(initializers.values().flatten().copied(), &before).into_iter().collect();
    if !initial.iter().any(late) {
        return Ok(made);
    }

    let mut waiting: BTreeMap<u32, usize> = BTreeMap::new();
    let mut after: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let initial: BTreeSet<u32> = initial.into_iter().collect();
    for &node in &made {
        let mut nodes = Vec::new();
        before(node, &mut nodes);
        let mut earlier: BTreeSet<u32> = nodes.into_iter().collect();
        if initial.contains(&node) {
            earlier.extend(initializers_of(node).into_iter().flatten());
        }
        waiting.insert(node, earlier.len());
        for other in earlier {
            after.entry(other).or_default().push(node);
        }
    }
    let mut ready: BinaryHeap<Reverse<u32>> =
        waiting.iter().filter(|(_, count)| **count == 0).map(|(&node, _)| Reverse(node)).collect();
    let mut ordered = Vec::with_capacity(made.len());
    while let Some(Reverse(node)) = ready.pop() {
        ordered.push(node);
        for next in after.get(&node).into_iter().flatten() {
            let count = waiting.get_mut(next).expect("what comes after a needed node is needed");
            *count -= 1;
            if *count == 0 {
                ready.push(Reverse(*next));
            }
        }
    }
    if ordered.len() == made.len() { Ok(ordered) } else { Err(cycle(state, &initializers, &before)) }
}

/// Whether one of these nodes, in the order they were made, uses a variable that a later one of them initializes.
fn has_late_initializers(state: &State, made: &[u32]) -> bool {
    let mut used = vec![false; state.variables.len()];
    made.iter().any(|&node| match &state.nodes[node as usize].op {
        Op::AssignVariable(op) => used[op.variable as usize],
        _ => {
            uses(state, node).inspect(|&variable| used[variable as usize] = true);
            false
        }
    })
}

/// The variable whose value a node uses. (An initializer only gives one.)
fn uses(state: &State, node: u32) -> Option<u32> {
    match &state.nodes[node as usize].op {
        Op::AssignVariable(_) => None,
        op => op.variable(),
    }
}

/// The nodes that these wait for, and these.
fn ancestors(of: impl Iterator<Item = u32>, before: &impl Fn(u32, &mut Vec<u32>)) -> BTreeSet<u32> {
    let mut open: Vec<u32> = of.collect();
    let mut found = BTreeSet::new();
    while let Some(node) = open.pop() {
        if found.insert(node) {
            before(node, &mut open);
        }
    }
    found
}

/// The error of initial values that depend on each other, which prints one round of them.
fn cycle(state: &State, initializers: &BTreeMap<u32, Vec<u32>>, before: &impl Fn(u32, &mut Vec<u32>)) -> Error {
    let starts_from: BTreeMap<u32, BTreeSet<u32>> = initializers
        .iter()
        .map(|(&variable, nodes)| {
            let read = ancestors(nodes.iter().copied(), before).into_iter().filter_map(|node| uses(state, node));
            (variable, read.filter(|other| initializers.contains_key(other)).collect())
        })
        .collect();
    let round = round(&starts_from);
    let variable = |index: u32| &state.variables[index as usize];
    let mut names: Vec<String> = round.iter().map(|&index| format!("`{}`", variable(index).name)).collect();
    names.extend(names.first().cloned());
    let mut text = format!("the initial values of variables depend on each other in a circle: {}", names.join(" -> "));
    for (&index, from) in round.iter().zip(&names[1..]) {
        // Writing to a `String` does not fail.
        let _ =
            write!(text, "\n  `{}`, created at {}, starts from {from}", variable(index).name, variable(index).created);
    }
    text.push_str("\n  help: let one of them start from a value of its own, or initialize them in runs of their own");
    let first = round.first().map_or("", |&index| &variable(index).name);
    Error::new(Status::InvalidArgument, "E-INITIAL-CYCLE", text).of_variable(first)
}

/// The shortest way from the first variable that leads back to itself.
fn round(starts_from: &BTreeMap<u32, BTreeSet<u32>>) -> Vec<u32> {
    let way_back = |start: u32| {
        let mut ways: Vec<Vec<u32>> = vec![vec![start]];
        let mut seen = BTreeSet::new();
        while !ways.is_empty() {
            let mut longer = Vec::new();
            for way in ways {
                for &next in &starts_from[way.last().expect("a way has its start")] {
                    if next == start {
                        return Some(way);
                    }
                    if seen.insert(next) {
                        longer.push([&way[..], &[next]].concat());
                    }
                }
            }
            ways = longer;
        }
        None
    };
    starts_from.keys().find_map(|&start| way_back(start)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_begins_at_the_first_variable_on_one() {
        let of = |edges: &[(u32, &[u32])]| {
            round(&edges.iter().map(|&(from, to)| (from, to.iter().copied().collect())).collect())
        };
        assert_eq!(of(&[(0, &[1]), (1, &[2]), (2, &[1])]), [1, 2]);
        assert_eq!(of(&[(0, &[1, 2]), (1, &[2]), (2, &[0])]), [0, 2]);
        assert_eq!(of(&[(3, &[3])]), [3]);
        assert!(of(&[(0, &[1]), (1, &[])]).is_empty());
    }
}
