//! Other initial values for variables that exist.

use super::{
    Orphan, State,
    described::VariableNodes,
    node::{Inputs, Specs},
    with_current,
};
use crate::{
    dtype::Element,
    mistake::Mistake,
    ops,
    spec::{Rule, SpecError},
    tensor::{AsTensor, NO_NODE, Variable},
};
use std::panic::Location;

static INITIAL_SHAPE: Rule = Rule {
    code: "E-ASSIGN-SHAPE",
    says: "the initial value's shape is not the variable's",
    left: "variable",
    right: "value   ",
    help: "give an initial value of the variable's shape",
};

/// What a variable started from before.
pub(super) struct Replaced {
    variable: usize,
    initial_value: Option<(u32, u16)>,
    initializer: Option<u32>,
}

impl<T: Element> Variable<T> {
    /// Lets the variable start from another value than it was created with, such as what a checkpoint holds, or what is computed from
    /// a variable that was made later.
    ///
    /// Its initializer is another operation from here on; initializers of several variables that were made before keep the old one.
    /// TensorFlow does this to the variables of `init_from_checkpoint`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, VariableOptions, get_variable, ones_initializer};
    /// let graph = Graph::new();
    /// let v = graph.build(|| {
    ///     let v = get_variable::<f32, _, _>("v", [2], VariableOptions::new());
    ///     let w = get_variable::<f32, _, _>("w", [2], VariableOptions::new().initializer(ones_initializer()));
    ///     v.set_initial_value(w + 1.0);
    ///     v
    /// })?;
    /// let session = Session::new(&graph)?;
    /// session.initialize()?;
    /// assert_eq!(session.run(v)?.as_slice(), Some(&[2.0, 2.0][..]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    #[track_caller]
    pub fn set_initial_value(&self, value: impl AsTensor<T>) {
        let at = Location::caller();
        let (handle, value) = (self.0, value.as_tensor());
        // Where there is no graph, the orphan that is made says so in the next one.
        let _: Result<(), Orphan> = with_current("set_initial_value", |state| {
            let foreign = state.refuses(handle.graph, handle.node, || "the variable".to_owned(), at)
                | state.refuses(value.graph, value.node, || "its initial value".to_owned(), at);
            if foreign || handle.node == NO_NODE || value.node == NO_NODE {
                return;
            }
            if !handle.shape.compatible(&value.shape) {
                let error = SpecError::new("set_initial_value", &INITIAL_SHAPE).shapes(handle.shape, value.shape);
                state.record(&Mistake::Spec(error), at);
                return;
            }
            let Some(variable) = state.variable_index(handle.graph, handle.node) else { return };
            if !state.variables[variable].partition.is_some() {
                state.replace_initial_value(variable, (value.node, value.output), at);
            }
            for part in state.parts_of(variable) {
                let name = format!("{}/PartitionedInitializer/Slice", state.variables[part].name);
                let input = state.slice_of_part(part, value.into(), &name, at);
                state.replace_initial_value(part, (input.node, input.output), at);
            }
        });
    }
}

impl State {
    /// Lets a variable start from a tensor of a checkpoint.
    pub(crate) fn supply(&mut self, variable: usize, restore: ops::Restore, at: &'static Location<'static>) {
        let VariableNodes { handle, spec, .. } = self.variables[variable];
        let name = format!("{}/checkpoint_initializer", self.nodes[handle as usize].name);
        let name = self.names.unique(&name);
        let push = |state: &mut State| state.push(name, restore.into(), Inputs::NONE, Vec::new(), [spec].into(), at);
        let value = self.following(handle, push);
        self.replace_initial_value(variable, (value, 0), at);
    }

    fn replace_initial_value(&mut self, variable: usize, value: (u32, u16), at: &'static Location<'static>) {
        let handle = self.variables[variable].handle;
        let name = format!("{}/Assign", self.nodes[handle as usize].name);
        let name = self.names.unique(&name);
        let op = ops::AssignVariable { variable: variable as u32 };
        let push = |state: &mut State| state.push(name, op.into(), [value].into(), Vec::new(), Specs::NONE, at);
        let assign = self.beside(handle, push);
        let nodes = &mut self.variables[variable];
        self.replaced.push(Replaced {
            variable,
            initial_value: nodes.initial_value.replace(value),
            initializer: nodes.initializer.replace(assign),
        });
    }

    /// Gives the variables back what they started from before the last replacements, of which `left` stay.
    pub(super) fn restore_initial_values(&mut self, left: usize) {
        for replaced in self.replaced.drain(left..).rev() {
            let nodes = &mut self.variables[replaced.variable];
            nodes.initial_value = replaced.initial_value;
            nodes.initializer = replaced.initializer;
        }
    }
}
