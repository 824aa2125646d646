//! The nodes of a new variable: its handle, its initial value and its assignment (C40, C41).

use super::{
    State,
    described::{AnyVariable, Sites, VariableNodes},
    first_values::Initial,
    node::{Input, Inputs, Specs},
};
use crate::{
    initializer::Initializer,
    names::Hash,
    ops::{self, Op},
    options::{VariableRequest, collection},
    partitioning::Partition,
    registry::path_of_variable,
    settings::Settings,
    sharing::Declared,
    spec::Spec,
    tensor::NO_NODE,
};
use std::{panic::Location, sync::Arc};

/// A variable that no name leads to, to be made.
pub(crate) struct Unshared<'u> {
    /// Its whole name, if no op has it.
    pub(crate) name: &'u str,
    pub(crate) spec: Spec,
    pub(crate) initializer: Initializer,
    /// Node and output that it starts from in place of the initializer.
    pub(crate) initial: Option<(u32, u16)>,
    pub(crate) trainable: bool,
    pub(crate) collections: &'u [&'u str],
}

impl State {
    pub(super) fn add_variable_record(&mut self, index: u32, handle: u32, at: &'static Location<'static>) {
        let entry = &self.registered.variables[index as usize];
        let name = path_of_variable(entry, index, &self.registered.scopes, &self.registered.text).into();
        let Declared { spec, trainable, partition, .. } = entry.declared;
        let container = self.thread().container.clone();
        self.variables.push(VariableNodes {
            name,
            spec,
            handle,
            initial_value: None,
            initializer: None,
            cached: None,
            trainable,
            partition,
            over: None,
            part_of: None,
            container,
            created: at,
            shared: Sites::default(),
        });
        self.note_site(index as usize, at);
    }

    /// The handle, the initial value and its assignment, of a variable or of each of its parts. They get no control inputs (C44), and
    /// their names start at the root (S2).
    pub(super) fn create_nodes(
        &mut self,
        index: u32,
        request: &VariableRequest<'_>,
        initial: &Initial,
        at: &'static Location<'static>,
    ) {
        self.add_variable_record(index, NO_NODE, at);
        let (parts, one);
        let new = if self.variables[index as usize].partition.is_some() {
            if !request.shared || self.is_name_of_unshared(&self.variables[index as usize].name) {
                self.claim_name(index, request.shared);
            }
            parts = self.create_parts(index as usize, request.shared, initial, at);
            &parts[..]
        } else {
            let handle_name = self.claim_name(index, request.shared);
            one = [self.initialized_nodes(index, handle_name, initial, at)];
            &one[..]
        };
        let trainable = self.registered.variables[index as usize].declared.trainable;
        let listed = request.collections.list();
        for &variable in new {
            for collection in listed {
                if trainable || *collection != collection::TRAINABLE_VARIABLES {
                    self.collections.add(collection, variable.into());
                }
            }
            if trainable && !listed.contains(&collection::TRAINABLE_VARIABLES) {
                self.collections.add(collection::TRAINABLE_VARIABLES, variable.into());
            }
        }
    }

    /// Takes the name of a variable that is recorded, for its handle too; yields the handle's, which may have a suffix.
    pub(super) fn claim_name(&mut self, index: u32, shared: bool) -> Arc<str> {
        let path = self.variables[index as usize].name.clone();
        if shared {
            let handle_name = self.names.unique_shared(&path);
            if handle_name != path && self.is_name_of_unshared(&path) {
                // Its value is kept beside that of the other, so it cannot have the same name there (C3).
                self.variables[index as usize].name = handle_name.clone();
            }
            return handle_name;
        }
        let entry = &self.registered.variables[index as usize];
        let handle_name = if entry.part_of > 0 {
            self.names.unique_shared(&path)
        } else {
            let own = entry.name.read(&self.registered.text).to_owned();
            let below = self.thread().name_scope.clone();
            self.names.unique_joined(&[&below, &own])
        };
        self.variables[index as usize].name = handle_name.clone();
        handle_name
    }

    /// Whether a variable that is not shared has this name.
    fn is_name_of_unshared(&self, name: &str) -> bool {
        let entries = self.variables.iter().zip(&self.registered.variables);
        entries.into_iter().any(|(nodes, entry)| !entry.shared && *nodes.name == *name)
    }

    /// A variable that no name leads to: one of an optimizer, say. Its name is made unique among those of ops.
    pub(crate) fn add_unshared(&mut self, unshared: &Unshared<'_>, at: &'static Location<'static>) -> AnyVariable {
        let name = self.names.unique(unshared.name);
        let declared = Declared {
            name: Hash::EMPTY,
            spec: unshared.spec,
            trainable: unshared.trainable,
            initializer: unshared.initializer,
            collections: 0,
            settings: Settings::NONE,
            partition: Partition::NONE,
        };
        let index = self.registered.add_unshared(&name, declared, at);
        self.add_variable_record(index, NO_NODE, at);
        let initial = match unshared.initial {
            Some((node, output)) => Initial::Input(Input { shape: unshared.spec.shape, graph: self.id, node, output }),
            None => Initial::Described,
        };
        let variable = self.initialized_nodes(index, name, &initial, at);
        for collection in unshared.collections {
            self.collections.add(collection, variable.into());
        }
        if unshared.trainable {
            self.collections.add(collection::TRAINABLE_VARIABLES, variable.into());
        }
        variable
    }

    /// The handle of a variable that is recorded, its initial value and its assignment.
    pub(super) fn initialized_nodes(
        &mut self,
        index: u32,
        handle_name: Arc<str>,
        initial: &Initial,
        at: &'static Location<'static>,
    ) -> AnyVariable {
        let declared = self.registered.variables[index as usize].declared;
        let spec = declared.spec;
        let name = self.variables[index as usize].name.clone();
        let handle = self.push(
            handle_name.clone(),
            Op::from(ops::VariableHandle { variable: index }),
            Inputs::NONE,
            Vec::new(),
            [spec].into(),
            at,
        );
        let value = match initial {
            Initial::Input(input) => (input.node, input.output),
            other => {
                let part = self.variables[index as usize].part_of.clone();
                let (label, op) = self.initial_value_op(other, &declared, &name, part.as_ref());
                let unique = self.names.unique_joined(&[&handle_name, "/Initializer/", label]);
                let push = |state: &mut State| state.push(unique, op, Inputs::NONE, Vec::new(), [spec].into(), at);
                (self.following(handle, push), 0)
            }
        };
        let assign_name = self.names.unique_joined(&[&handle_name, "/Assign"]);
        let op = Op::from(ops::AssignVariable { variable: index });
        let complete = value.0 != NO_NODE;
        let push = |state: &mut State| state.push(assign_name, op, [value].into(), Vec::new(), Specs::NONE, at);
        let assign = complete.then(|| self.beside(handle, push));
        let nodes = &mut self.variables[index as usize];
        nodes.handle = handle;
        nodes.initial_value = complete.then_some(value);
        nodes.initializer = assign;
        self.keep_reads(index, at);
        AnyVariable { graph: self.id, handle, spec }
    }
}
