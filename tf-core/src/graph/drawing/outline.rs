//! What is drawn: boxes, shapes in them, and edges.

use super::super::{State, node::Node};
use crate::{dtype::Element, ops::Op, spec::Spec, text::Text, value::Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A graph as it is drawn.
pub(super) struct Outline {
    /// A box comes before what is in it.
    pub(super) items: Vec<Item>,
    pub(super) edges: Vec<Edge>,
}

/// A box or a shape.
#[derive(Clone)]
pub(super) struct Item {
    /// What is written in it: the last part of the name.
    pub(super) label: String,
    /// A second line.
    pub(super) detail: String,
    /// What a pointer over it shows.
    pub(super) hint: String,
    pub(super) kind: Kind,
    /// The box it is in.
    pub(super) parent: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    /// An open scope.
    Box,
    /// A scope whose inside is not drawn.
    Closed,
    Placeholder,
    Variable,
    Constant,
    Op,
    /// An op that changes a variable.
    Update,
    /// What a model hands out: an identity that nothing reads.
    Output,
}

/// From one shape to another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether it is an order, not a value.
    pub(super) control: bool,
}

impl Outline {
    /// The whole graph, with every scope open.
    pub(super) fn of(state: &State, initial_values: bool) -> Outline {
        let drawn = drawn(state, initial_values);
        let read: BTreeSet<u32> =
            drawn.iter().flat_map(|&index| state.nodes[index].inputs.iter().map(|&(input, _)| input)).collect();
        let mut items = Items::default();
        let mut item_of: HashMap<usize, usize> = HashMap::new();
        for &index in &drawn {
            let node = &state.nodes[index];
            // A read is drawn as an edge from its variable.
            if !matches!(node.op, Op::ReadVariable(_)) {
                let mut look = shape_of(state, node);
                if matches!(node.op, Op::Identity(_)) && !node.name.contains('/') && !read.contains(&(index as u32)) {
                    look.0 = Kind::Output;
                }
                item_of.insert(index, items.add(&node.name, look));
            }
        }
        let stands_for = |node: u32| match state.nodes[node as usize].op {
            Op::ReadVariable(ref read) => {
                item_of.get(&(state.variables[read.variable as usize].handle as usize)).copied()
            }
            _ => item_of.get(&(node as usize)).copied(),
        };
        let mut edges = BTreeSet::new();
        for &index in &drawn {
            let node = &state.nodes[index];
            let Some(&to) = item_of.get(&index) else { continue };
            let changed = node.op.variable().filter(|_| !matches!(node.op, Op::Variable(_)));
            let handle = changed.map(|variable| state.variables[variable as usize].handle);
            let values = node.inputs.iter().map(|&(input, _)| (input, false));
            let all = values
                .chain(handle.map(|handle| (handle, false)))
                .chain(node.control().iter().map(|&input| (input, true)));
            for (from, control) in all {
                if let Some(from) = stands_for(from).filter(|&from| from != to) {
                    edges.insert(Edge { from, to, control });
                }
            }
        }
        Outline { items: items.items, edges: edges.into_iter().collect() }
    }

    /// The same with scopes open to this depth only.
    pub(super) fn closed_below(self, depth: usize) -> Outline {
        let mut depths: Vec<usize> = Vec::with_capacity(self.items.len());
        for item in &self.items {
            depths.push(item.parent.map_or(0, |parent| depths[parent] + 1));
        }
        // Where each item is drawn: as itself, or as the closed scope around it.
        let mut drawn_as: Vec<usize> = Vec::with_capacity(self.items.len());
        let mut kept: Vec<Item> = Vec::new();
        let mut contents: BTreeMap<usize, Contents> = BTreeMap::new();
        for (index, item) in self.items.iter().enumerate() {
            let within = item.parent.map(|parent| drawn_as[parent]);
            if let Some(closed) = within.filter(|&parent| kept[parent].kind == Kind::Closed) {
                drawn_as.push(closed);
                contents.entry(closed).or_default().count(item.kind);
                continue;
            }
            let kind = if item.kind == Kind::Box && depths[index] >= depth { Kind::Closed } else { item.kind };
            drawn_as.push(kept.len());
            kept.push(Item { kind, parent: within, ..item.clone() });
        }
        for (closed, contents) in contents {
            kept[closed].detail = contents.to_string();
        }
        let joined = |edge: &Edge| Edge { from: drawn_as[edge.from], to: drawn_as[edge.to], ..*edge };
        let edges: BTreeSet<Edge> = self.edges.iter().map(joined).filter(|edge| edge.from != edge.to).collect();
        Outline { items: kept, edges: edges.into_iter().collect() }
    }

    /// The same, as deep as it has no more than so many shapes; one level at least.
    pub(super) fn readable(self, most: usize) -> Outline {
        let mut at_depth: Vec<usize> = Vec::new();
        let mut depths: Vec<usize> = Vec::with_capacity(self.items.len());
        for item in &self.items {
            let depth = item.parent.map_or(0, |parent| depths[parent] + 1);
            depths.push(depth);
            at_depth.resize(at_depth.len().max(depth + 1), 0);
            at_depth[depth] += 1;
        }
        if self.items.len() <= most {
            return self;
        }
        let mut sum = 0;
        let deep = at_depth.iter().take_while(|&&items| {
            sum += items;
            sum <= most
        });
        let depth = deep.count().saturating_sub(1);
        self.closed_below(depth)
    }

    /// What is in a box, or at the root.
    pub(super) fn children(&self, parent: Option<usize>) -> impl Iterator<Item = usize> {
        (0..self.items.len()).filter(move |&index| self.items[index].parent == parent)
    }
}

/// How much a closed scope holds.
#[derive(Default)]
struct Contents {
    ops: usize,
    variables: usize,
}

impl Contents {
    fn count(&mut self, kind: Kind) {
        match kind {
            Kind::Variable => self.variables += 1,
            Kind::Box | Kind::Closed => {}
            _ => self.ops += 1,
        }
    }
}

impl std::fmt::Display for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counted = |n: usize, what: &str| match n {
            0 => None,
            1 => Some(format!("1 {what}")),
            n => Some(format!("{n} {what}s")),
        };
        let parts = [counted(self.ops, "op"), counted(self.variables, "variable")];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

/// The items so far, and the boxes by their whole names.
#[derive(Default)]
struct Items {
    items: Vec<Item>,
    boxes: HashMap<String, usize>,
}

impl Items {
    fn add(&mut self, name: &str, (kind, detail, hint): (Kind, String, String)) -> usize {
        let (scope, label) = name.rsplit_once('/').map_or(("", name), |(scope, label)| (scope, label));
        let label = if kind == Kind::Output { "output" } else { label };
        let parent = self.scope(scope);
        self.items.push(Item { label: label.to_owned(), detail, hint, kind, parent });
        self.items.len() - 1
    }

    fn scope(&mut self, name: &str) -> Option<usize> {
        if name.is_empty() {
            return None;
        }
        if let Some(&known) = self.boxes.get(name) {
            return Some(known);
        }
        let (outer, label) = name.rsplit_once('/').map_or(("", name), |(outer, label)| (outer, label));
        let parent = self.scope(outer);
        let hint = format!("scope {name}");
        self.items.push(Item { label: label.to_owned(), detail: String::new(), hint, kind: Kind::Box, parent });
        self.boxes.insert(name.to_owned(), self.items.len() - 1);
        Some(self.items.len() - 1)
    }
}

/// The nodes to draw: all but those that do nothing except to give variables their initial values.
fn drawn(state: &State, initial_values: bool) -> Vec<usize> {
    let count = state.nodes.len();
    // The handle of a variable in parts stands for nothing that is not drawn.
    let is_whole = |node: &Node| matches!(node.op, Op::PartitionedVariable(_));
    let mut initializes: Vec<bool> = state.nodes.iter().map(is_whole).collect();
    if !initial_values {
        for variable in state.variables.iter() {
            variable.initializer.iter().for_each(|&node| initializes[node as usize] = true);
        }
        // Every op comes after its inputs: backwards, what is only for initializers; then forwards, what only runs them.
        let (mut uses, mut initial_uses) = (vec![0; count], vec![0; count]);
        for (index, node) in state.nodes.iter().enumerate().rev() {
            let only_initial = uses[index] > 0 && uses[index] == initial_uses[index];
            initializes[index] |= only_initial && !matches!(node.op, Op::Variable(_));
            for input in node.inputs.iter().map(|&(input, _)| input).chain(node.control().iter().copied()) {
                uses[input as usize] += 1;
                initial_uses[input as usize] += usize::from(initializes[index]);
            }
        }
        for (index, node) in state.nodes.iter().enumerate() {
            let group = matches!(node.op, Op::Group(_)) && !node.control().is_empty();
            initializes[index] |= group && node.control().iter().all(|&input| initializes[input as usize]);
        }
    }
    (0..count).filter(|&index| !initializes[index] && !state.nodes[index].is_discarded()).collect()
}

/// A constant of one number is shown by that.
fn value_of(op: &Op) -> Option<String> {
    let value = match op {
        Op::ScalarConstant(constant) => return Some(constant.value.to_string()),
        Op::Constant(constant) if constant.value.shape().is_empty() => &constant.value,
        _ => return None,
    };
    fn first<T: Element + ToString>(value: &Value) -> Option<String> {
        value.as_slice::<T>()?.first().map(ToString::to_string)
    }
    first::<f32>(value).or_else(|| first::<f64>(value)).or_else(|| first::<i32>(value)).or_else(|| first::<i64>(value))
}

/// How a node looks, its second line, and its hint.
fn shape_of(state: &State, node: &Node) -> (Kind, String, String) {
    let spec = |spec: &Spec| {
        let mut text = Text::with_symbols(state.symbols);
        text.str(spec.dtype.name()).shape(&spec.shape);
        text.as_str().to_owned()
    };
    let kind = match &node.op {
        Op::Variable(_) => Kind::Variable,
        Op::Placeholder(_) => Kind::Placeholder,
        Op::Constant(_) | Op::ScalarConstant(_) => Kind::Constant,
        op if op.variable().is_some() => Kind::Update,
        _ => Kind::Op,
    };
    let specs: Vec<String> = node.outputs.iter().map(spec).collect();
    let detail = match specs.as_slice() {
        [] => String::new(),
        [one] => value_of(&node.op).unwrap_or_else(|| one.clone()),
        [first, ..] => format!("{first} and {} more", specs.len() - 1),
    };
    let made = format!("{}:{}", node.at.file(), node.at.line());
    let hint = format!("{}\n{} {}\n{made}", node.name, node.op.type_name(), specs.join(", "));
    (kind, detail, hint)
}
