//! What a graph knows of its variables: their nodes, and what it tells of them.

use super::{Graph, State};
use crate::{
    call_site::CallSite,
    dtype::{DType, Element},
    placement::DeviceSpec,
    settings::Settings,
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
    /// Regularizer, constraint and caching device.
    pub(crate) settings: Settings,
    /// The container of a server that holds its value.
    pub(crate) container: Arc<str>,
    pub(crate) created: &'static Location<'static>,
    /// The places that create or share it, in the order in which they came to it first; the last may be missing.
    pub(crate) shared: Sites,
}

/// The places that create or share a variable; cheap to keep for when a build fails.
#[derive(Clone, Default)]
pub(crate) struct Sites {
    sites: Arc<Vec<CallSite>>,
    /// How many calls of `get_variable` came from them and further ones.
    calls: usize,
}

impl VariableNodes {
    pub(crate) fn describe(&self, state: &State) -> VariableDescription {
        VariableDescription {
            name: self.name.to_string(),
            spec: self.spec,
            trainable: self.trainable,
            settings: self.settings,
            device: state.nodes.get(self.handle as usize).map_or_else(DeviceSpec::new, |node| (*node.device).clone()),
            created: self.created,
            sites: self.shared.sites.to_vec(),
            calls: self.shared.calls,
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
    /// Its regularizer, constraint and caching device.
    pub settings: Settings,
    /// The device it is wanted on.
    pub device: DeviceSpec,
    /// Where it was created.
    pub created: &'static Location<'static>,
    /// The places of the program that create or share it, with the calls of layers and openings of scopes that lead there: the one
    /// that creates it first, sixty-four at most.
    pub sites: Vec<CallSite>,
    /// How many calls of `get_variable` came to it: one, where nothing shares it.
    pub calls: usize,
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
        let call = self.thread().standing.call;
        let site = CallSite::new(at, self.registered.ways.steps(), call);
        let shared = &mut self.variables[index].shared;
        shared.calls += 1;
        site.count_in(Arc::make_mut(&mut shared.sites), MOST_SITES);
    }
}

impl Graph {
    /// The variables, in the order they were created.
    pub fn variables(&self) -> Vec<VariableDescription> {
        let state = self.state();
        state.variables.iter().map(|variable| variable.describe(&state)).collect()
    }
}
