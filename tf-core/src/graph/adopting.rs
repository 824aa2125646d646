//! Taking over the variables of another graph, for a model that reuses another's.

use super::{
    Graph, State,
    collected::Item,
    described::{AnyVariable, VariableNodes},
    node::Inputs,
};
use crate::{
    ops::{self, Op},
    placement::DeviceSpec,
    sharing::Reuse,
    tensor::NO_NODE,
};
use std::sync::Arc;

impl Graph {
    /// Takes over the variables of another graph: they exist here too, in a root scope that only reuses, and have no
    /// initial value here, since they get their values from the store of the other. `model` is what messages call it.
    pub(crate) fn adopt(&self, other: &Graph, model: &'static str) {
        let (registered, variables, memberships, devices) = {
            let other = other.state();
            let device = |variable: &VariableNodes| other.nodes[variable.handle as usize].device().clone();
            let devices: Vec<Arc<DeviceSpec>> = other.variables.iter().map(device).collect();
            let variables: Vec<VariableNodes> = other.variables.iter().cloned().collect();
            (other.registered.clone(), variables, other.memberships(), devices)
        };
        let mut state = self.state();
        let state = &mut *state;
        state.reuses = model;
        state.registered = registered;
        for index in 0..state.registered.filled.variables {
            state.registered.variables[index].own = false;
        }
        state.threads.clear();
        // The getters of the other graph are not here.
        state.registered.scopes.iter_mut().for_each(|scope| scope.getter = 0);
        let root = state.thread().cursor.scope;
        state.registered.scopes[root as usize].reuse = Reuse::Yes;
        let mut wholes = Vec::new();
        for (index, (variable, device)) in variables.into_iter().zip(devices).enumerate() {
            if variable.partition.is_some() {
                wholes.push((index, variable.created));
                state.variables.push(VariableNodes { handle: NO_NODE, ..variable });
                continue;
            }
            let name = state.names.unique_shared(&variable.name);
            let op = Op::from(ops::VariableHandle { variable: index as u32 });
            let handle = state.push(name, op, Inputs::NONE, Vec::new(), [variable.spec].into(), variable.created);
            state.nodes[handle as usize].want_device(device);
            let at = variable.created;
            state.variables.push(VariableNodes {
                handle,
                initial_value: None,
                initializer: None,
                cached: None,
                ..variable
            });
            state.keep_reads(index as u32, at);
        }
        for (index, created) in wholes {
            state.push_whole(index, created);
        }
        for (name, index) in memberships {
            let VariableNodes { handle, spec, .. } = state.variables[index];
            state.collections.add(&name, AnyVariable { graph: state.id, handle, spec }.into());
        }
    }
}

impl State {
    /// The collections that variables are in, each with a variable; what else they hold belongs to this graph alone.
    fn memberships(&self) -> Vec<(String, usize)> {
        let variables = |items: &[Item]| -> Vec<usize> {
            let listed = items.iter().filter_map(Item::variable);
            listed.filter_map(|variable| self.variable_index(variable.graph, variable.handle)).collect()
        };
        let lists = self.collections.iter().map(|(name, items)| (name, variables(items)));
        lists.flat_map(|(name, list)| list.into_iter().map(|index| (name.to_owned(), index))).collect()
    }
}
