//! What a graph knows of its variables: their nodes, and what it tells of them.

use super::{Graph, State};
use crate::{
    call_site::CallSite,
    dtype::{DType, Element},
    partitioning::{PartOf, Partition},
    placement::DeviceSpec,
    registry::calls::Call,
    settings::Settings,
    shape::Shape,
    spec::Spec,
    tensor::{Tensor, Variable},
};
use std::{panic::Location, sync::Arc};

/// How many places are kept of a variable; calls from others are only counted.
const MOST_SITES: usize = 64;

/// A variable's nodes and what they were made from.
#[derive(Clone)]
pub(crate) struct VariableNodes {
    pub(crate) name: Arc<str>,
    pub(crate) spec: Spec,
    pub(crate) handle: u32,
    /// Node and output of the initial value; none for a variable that another model's store holds.
    pub(crate) initial_value: Option<(u32, u16)>,
    /// The node that assigns it.
    pub(crate) initializer: Option<u32>,
    /// The node that keeps its reads on its caching device.
    pub(crate) cached: Option<u32>,
    pub(crate) trainable: bool,
    /// Its parts: then it has no value of its own, and its handle stands for them. They are the variables after it, unless it is `over` others.
    pub(crate) partition: Partition,
    /// Which variables are its parts, of a whole that was put together later: of the slots of another one's parts.
    pub(crate) over: Option<Arc<[u32]>>,
    /// The whole that it belongs to, where it is saved and kept: of a part, and of a part's slots.
    pub(crate) part_of: Option<Arc<PartOf>>,
    /// The container of a server that holds its value.
    pub(crate) container: Arc<str>,
    pub(crate) created: &'static Location<'static>,
    /// The places that create or share it, in the order in which they came to it first; the last may be missing.
    pub(crate) shared: Sites,
}

impl VariableNodes {
    /// The name by which checkpoints know it: of a part that of the whole.
    pub(crate) fn known_as(&self) -> &str {
        self.part_of.as_ref().map_or(&self.name, |of| &of.whole)
    }
}

/// The places that create or share a variable; cheap to keep for when a build fails.
#[derive(Clone, Default)]
pub(crate) struct Sites {
    /// The one that creates it.
    first: Option<Site>,
    further: Option<Arc<Vec<Site>>>,
    /// How many calls of `get_variable` came from them and further ones.
    calls: usize,
}

/// A place that asks for a variable.
#[derive(Clone, Copy)]
struct Site {
    at: &'static Location<'static>,
    /// The last step of the way there.
    call: u32,
    times: u32,
}

impl Sites {
    fn note(&mut self, at: &'static Location<'static>, call: u32) {
        self.calls += 1;
        let is_here = |site: &Site| site.call == call && site.at == at;
        let here = Site { at, call, times: 1 };
        match &mut self.first {
            None => self.first = Some(here),
            Some(first) if is_here(first) => first.times += 1,
            Some(_) => {
                let further = Arc::make_mut(self.further.get_or_insert_default());
                match further.iter().position(is_here) {
                    Some(known) => further[known].times += 1,
                    None if further.len() + 1 < MOST_SITES => further.push(here),
                    None => {}
                }
            }
        }
    }

    /// The places, with the ways that lead there.
    fn listed(&self, steps: &[Call]) -> Vec<CallSite> {
        let sites = self.first.iter().chain(self.further.iter().flat_map(|further| further.iter()));
        sites.map(|site| CallSite { times: site.times as usize, ..CallSite::new(site.at, steps, site.call) }).collect()
    }
}

impl State {
    /// Regularizer, constraint, caching device and partitioner of a variable.
    pub(crate) fn settings_of(&self, variable: usize) -> &Settings {
        &self.registered.variables[variable].declared.settings
    }

    /// What is known of a variable.
    pub(crate) fn describe(&self, variable: usize) -> VariableDescription {
        let nodes = &self.variables[variable];
        let device = |nodes: &VariableNodes| {
            self.nodes.get(nodes.handle as usize).map_or_else(DeviceSpec::new, |node| (**node.device()).clone())
        };
        let part = |part: &VariableNodes| PartDescription {
            name: part.name.to_string(),
            shape: part.spec.shape,
            offset: part.part_of.as_ref().map_or(0, |of| of.offset),
            device: device(part),
        };
        let parts: Vec<PartDescription> =
            self.parts_of(variable).into_iter().map(|index| part(&self.variables[index])).collect();
        let device = match parts.split_first() {
            None => device(nodes),
            Some((first, rest)) if rest.iter().all(|part| part.device == first.device) => first.device.clone(),
            Some(_) => DeviceSpec::new(),
        };
        VariableDescription {
            name: nodes.name.to_string(),
            spec: nodes.spec,
            trainable: nodes.trainable,
            settings: *self.settings_of(variable),
            device,
            parts,
            created: nodes.created,
            sites: nodes.shared.listed(self.registered.ways.steps()),
            calls: nodes.shared.calls,
        }
    }
}

/// A variable of any element type, as collections and listings hold it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AnyVariable {
    pub(crate) graph: u32,
    pub(crate) handle: u32,
    pub(crate) spec: Spec,
}

impl<T: Element> From<Variable<T>> for AnyVariable {
    fn from(variable: Variable<T>) -> AnyVariable {
        AnyVariable { graph: variable.0.graph, handle: variable.0.node, spec: variable.spec() }
    }
}

/// What is known of a variable of a graph.
#[derive(Clone, Debug)]
pub struct VariableDescription {
    /// The whole name: `model/conv1/weights`.
    pub name: String,
    /// Shape and element type.
    pub spec: Spec,
    /// Whether training changes it.
    pub trainable: bool,
    /// Its regularizer, constraint, caching device and partitioner.
    pub settings: Settings,
    /// The device it is wanted on; none, if its parts are wanted on different ones.
    pub device: DeviceSpec,
    /// Its parts; none, if it is in one piece.
    pub parts: Vec<PartDescription>,
    /// Where it was created.
    pub created: &'static Location<'static>,
    /// The places of the program that create or share it, with the calls of layers and openings of scopes that lead there: the one
    /// that creates it first, sixty-four at most.
    pub sites: Vec<CallSite>,
    /// How many calls of `get_variable` came to it: one, where nothing shares it.
    pub calls: usize,
}

/// What is known of a part of a variable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartDescription {
    /// The whole name: `model/embedding/part_0`.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// Where it begins along the axis that is cut.
    pub offset: usize,
    /// The device it is wanted on.
    pub device: DeviceSpec,
}

impl AnyVariable {
    /// Shape and element type.
    pub fn spec(&self) -> Spec {
        self.spec
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.spec.dtype
    }

    /// The variable, if it is one of `T`.
    pub fn typed<T: Element>(&self) -> Option<Variable<T>> {
        (self.spec.dtype == T::DTYPE).then(|| Variable(Tensor::new(self.spec.shape, self.graph, self.handle, 0)))
    }
}

impl State {
    /// Notes a call of `get_variable` that came to a variable.
    pub(super) fn note_site(&mut self, index: usize, at: &'static Location<'static>) {
        let call = self.thread().cursor.call;
        self.variables[index].shared.note(at, call);
    }
}

impl Graph {
    /// The variables, in the order they were created; one in parts is one.
    pub fn variables(&self) -> Vec<VariableDescription> {
        let state = self.state();
        let entries = state.registered.variables.iter().zip(state.variables.iter()).enumerate();
        let listed = entries.filter(|(_, (entry, nodes))| entry.part_of == 0 && nodes.over.is_none());
        listed.map(|(index, _)| state.describe(index)).collect()
    }
}
