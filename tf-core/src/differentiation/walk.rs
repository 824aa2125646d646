//! The way back from what is differentiated to what it is differentiated for: reverse accumulation over the graph.
//!
//! A node comes after its inputs, so going through the nodes from the last to the first meets each after all that use it. The slopes
//! of a tensor's uses are summed there, and its op hands them on to its inputs.

use super::{backward::Backward, mistakes, slope::Slope, term::Term};
use crate::{
    graph::{Graph, State, naming::enter_derived_name_scope, node::Input},
    ops::Op,
    spec::Spec,
};
use std::{collections::HashMap, panic::Location};

/// What a gradient is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// An output of a node.
    Output(u32, u16),
    /// A variable: all that is read of it, whenever.
    Variable(u32),
}

/// Which nodes depend on the sources, by what floats carry.
pub(super) struct Dependent {
    sources: Vec<Source>,
    nodes: Vec<bool>,
}

impl Dependent {
    fn on(sources: &[Source], state: &State, end: usize) -> Dependent {
        let mut nodes = vec![false; end];
        let reads = |op: &Op| op.reads().is_some_and(|variable| sources.contains(&Source::Variable(variable)));
        for (index, node) in state.nodes.iter().take(end).enumerate() {
            let is_source = sources.iter().any(|s| matches!(s, Source::Output(node, _) if *node as usize == index));
            let carried = |&(from, output): &(u32, u16)| {
                nodes[from as usize] && state.nodes[from as usize].outputs[output as usize].dtype.is_float()
            };
            nodes[index] = is_source || reads(&node.op) || !node.op.ends_gradients() && node.inputs.iter().any(carried);
        }
        Dependent { sources: sources.to_vec(), nodes }
    }

    /// Whether one of the sources lies at the node or before it.
    pub(super) fn holds(&self, node: u32) -> bool {
        self.nodes[node as usize]
    }

    /// Whether the node itself is a source.
    pub(super) fn is_source(&self, node: u32, op: &Op) -> bool {
        self.sources.iter().any(|source| match *source {
            Source::Output(source, _) => source == node,
            Source::Variable(variable) => op.reads() == Some(variable),
        })
    }
}

/// A node with what is needed to go back through it.
struct Visited {
    name: String,
    op: Op,
    inputs: Vec<Term>,
    outputs: Vec<Term>,
}

impl Visited {
    fn of(state: &State, index: u32) -> Visited {
        let node = &state.nodes[index as usize];
        let term = |(node_index, output): (u32, u16), spec: &Spec| Term {
            input: Input { shape: spec.shape, graph: state.id, node: node_index, output },
            dtype: spec.dtype,
            at: node.at,
        };
        let input =
            |&(from, output): &(u32, u16)| term((from, output), &state.nodes[from as usize].outputs[output as usize]);
        Visited {
            name: node.name.to_string(),
            op: node.op.clone(),
            inputs: node.inputs.iter().map(input).collect(),
            outputs: node.outputs.iter().enumerate().map(|(i, spec)| term((index, i as u16), spec)).collect(),
        }
    }
}

/// The slopes that wait for their node, by output.
#[derive(Default)]
struct Waiting(HashMap<u32, Vec<(u16, Slope)>>);

impl Waiting {
    fn add(&mut self, to: Input, slope: Slope) {
        self.0.entry(to.node).or_default().push((to.output, slope));
    }

    /// The sum for each output, and the contributions.
    fn take(&mut self, node: u32, outputs: usize) -> Option<Vec<Vec<Slope>>> {
        let waiting = self.0.remove(&node)?;
        let mut slopes = vec![Vec::new(); outputs];
        for (output, slope) in waiting {
            slopes[output as usize].push(slope);
        }
        Some(slopes)
    }
}

/// The gradients of the sum of `ys` for each source, where `slopes` are those behind the `ys`; `None` for what no `y` depends on,
/// and an empty list after a mistake, which is recorded.
pub(super) fn walk(
    graph: &Graph,
    ys: &[Term],
    slopes: &[Slope],
    sources: &[Source],
    at: &'static Location<'static>,
) -> Vec<Option<Slope>> {
    let last = ys.iter().map(|y| y.input.node).max().unwrap_or(0);
    let dependent = Dependent::on(sources, &graph.state(), last as usize + 1);
    let mut waiting = Waiting::default();
    let mut found: HashMap<Source, Vec<Slope>> = HashMap::new();
    // From which node each one got its first slope.
    let mut from: HashMap<u32, u32> = HashMap::new();
    for (y, &slope) in ys.iter().zip(slopes) {
        if dependent.holds(y.input.node) {
            waiting.add(y.input, slope);
        }
    }
    for index in (0..=last).rev() {
        let visited = Visited::of(&graph.state(), index);
        let Some(contributions) = waiting.take(index, visited.outputs.len()) else { continue };
        if let Some(variable) = visited.op.reads() {
            // All reads of a variable are summed at the end, at once (O16).
            found.entry(Source::Variable(variable)).or_default().extend(contributions[0].iter());
        }
        let sums: Vec<Option<Slope>> = contributions
            .into_iter()
            .map(|slopes| if slopes.is_empty() { None } else { Some(Slope::sum(slopes)) })
            .collect();
        for (output, slope) in sums.iter().enumerate() {
            let source = Source::Output(index, output as u16);
            if let Some(slope) = slope
                && sources.contains(&source)
            {
                found.insert(source, vec![*slope]);
            }
        }
        let wanted: Vec<bool> =
            visited.inputs.iter().map(|input| input.dtype.is_float() && dependent.holds(input.input.node)).collect();
        if visited.op.ends_gradients() || !wanted.contains(&true) {
            continue;
        }
        let Some(given) = through(&visited, sums, wanted) else {
            let path = mistakes::Path { dependent: &dependent, from: &from, node: index };
            let mut state = graph.state();
            let error = mistakes::no_gradient(&state, &path, at);
            state.mistakes.push(error);
            return Vec::new();
        };
        for (input, slope) in visited.inputs.iter().zip(given) {
            if let Some(slope) = slope {
                from.entry(input.input.node).or_insert(index);
                waiting.add(input.input, slope);
            }
        }
    }
    sources.iter().map(|source| found.get(source).map(|slopes| Slope::sum(slopes.clone()))).collect()
}

/// The slopes of an op's inputs; `None` where it has no gradient.
fn through(visited: &Visited, slopes: Vec<Option<Slope>>, wanted: Vec<bool>) -> Option<Vec<Option<Slope>>> {
    let _scope = enter_derived_name_scope(&format!("{}_grad", visited.name));
    // What is made on the way is made at the op's place, also the sums of what comes from elsewhere.
    let at = visited.outputs.first().map(|output| output.at);
    let here = |slope: Slope| match (slope, at) {
        (Slope::Dense(term), Some(at)) => Slope::Dense(term.made_at(at)),
        (slope, _) => slope,
    };
    let mut back = Backward {
        inputs: &visited.inputs,
        outputs: &visited.outputs,
        slopes: slopes.into_iter().map(|slope| slope.map(here)).collect(),
        given: vec![None; visited.inputs.len()],
        wanted,
        refused: false,
    };
    visited.op.gradient(&mut back);
    if back.refused { None } else { Some(back.given) }
}
