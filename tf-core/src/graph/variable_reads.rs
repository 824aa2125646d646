//! Reading variables in expressions, and what is asked of a variable: its initializer, its name, its settings.

use super::{
    State,
    described::VariableNodes,
    node::{Input, Operation},
    variables::variable,
    with_current,
};
use crate::{
    constraint::Constraint,
    dtype::Element,
    initializer::InitializerFor,
    ops::{self, Op},
    options::VariableOptions,
    tensor::{NO_NODE, ShapeArgument, Tensor, Variable},
};
use std::panic::Location;

impl State {
    /// The tensor itself, or a read of the variable that it stands for.
    pub(crate) fn value_of(&mut self, input: Input, at: &'static Location<'static>) -> Input {
        match self.variable_index(input.graph, input.node) {
            Some(variable) => self.read_variable(variable, true, at),
            None => input,
        }
    }

    /// Reads a variable: beside it, unless its reads are kept elsewhere, or on the device of the scope that is open.
    pub(super) fn read_variable(&mut self, variable: usize, beside: bool, at: &'static Location<'static>) -> Input {
        let VariableNodes { spec, handle, cached, partition, .. } = self.variables[variable];
        if partition.is_some() {
            return self.read_parts(variable, beside, at);
        }
        if let (true, Some(node)) = (beside, cached) {
            return Input { graph: self.id, node, output: 0, shape: spec.shape };
        }
        let op = Op::from(ops::ReadVariable { variable: variable as u32 });
        let add = |state: &mut State| state.add("ReadVariableOp", op, &[], |_| Ok([spec].into()), at);
        let (graph, node, _) = if beside && handle != NO_NODE { self.beside(handle, add) } else { add(self) };
        Input { graph, node, output: 0, shape: spec.shape }
    }

    /// The handle that an op is placed beside: of the variable that it changes (V10).
    pub(crate) fn home_of(&self, op: &Op) -> Option<u32> {
        if matches!(op, Op::Variable(_) | Op::ReadVariable(_)) {
            return None;
        }
        let handle = self.variables.get(op.variable()? as usize)?.handle;
        (handle != NO_NODE).then_some(handle)
    }

    /// The variable that a handle stands for.
    pub(crate) fn variable_index(&self, graph: u32, node: u32) -> Option<usize> {
        if graph != self.id {
            return None;
        }
        match self.nodes.get(node as usize)?.op {
            Op::Variable(ops::VariableHandle { variable }) => Some(variable as usize),
            Op::PartitionedVariable(ops::PartitionedVariable { variable, .. }) => Some(variable as usize),
            _ => None,
        }
    }
}

impl<T: Element> Variable<T> {
    /// A variable of its own: never shared, whatever the scope says, and named like an op: by the name scope, made unique.
    ///
    /// TensorFlow: `tf.Variable(initial_value, name=..)`. In layers, and wherever `tf::new_variable!` is at hand, write that. The defaults
    /// of scopes do not apply.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, NoShape, Variable, VariableOptions, constant, variable_scope, scope};
    /// let graph = Graph::new();
    /// graph.build(|| {
    ///     variable_scope(scope("s").reuse(true), |_| {
    ///         for _ in 0..2 {
    ///             let _ = Variable::<f32>::new("v", NoShape, VariableOptions::new().initializer(constant([1.0, 2.0])));
    ///         }
    ///     });
    /// })?;
    /// let names: Vec<String> = graph.variables().into_iter().map(|v| v.name).collect();
    /// assert_eq!(names, ["s/v", "s/v_1"]);
    /// # Ok::<(), tf::Error>(())
    /// ```
    #[track_caller]
    pub fn new<I: InitializerFor<T>, S: ShapeArgument>(
        name: impl AsRef<str>,
        shape: S,
        options: VariableOptions<I>,
    ) -> Variable<T> {
        variable(name.as_ref(), shape, options, false)
    }

    /// The variable's value now, handed to the device of the scope that is open: reads made under control dependencies see
    /// what those wrote. TensorFlow: `read_value`.
    #[track_caller]
    pub fn read_value(&self) -> Tensor<T> {
        self.read("read_value", false)
    }

    #[track_caller]
    fn read(&self, what: &str, beside: bool) -> Tensor<T> {
        let at = Location::caller();
        let handle = self.0;
        let made = with_current(what, |state| match state.variable_index(handle.graph, handle.node) {
            Some(variable) => {
                let input = state.read_variable(variable, beside, at);
                Tensor::new(handle.shape, input.graph, input.node, 0)
            }
            None => handle,
        });
        made.unwrap_or_else(super::Orphan::tensor)
    }

    /// The variable's value where the variable is, whatever device scope is open: what a variable in an expression is.
    #[track_caller]
    pub fn value(&self) -> Tensor<T> {
        self.read("value", true)
    }

    /// The operation that gives the variable its initial value. TensorFlow: `variable.initializer`.
    #[track_caller]
    pub fn initializer(&self) -> Operation {
        let parts = self.parts();
        if parts.len() > 1 {
            return ops::group(parts.iter().map(Variable::initializer).collect::<Vec<_>>());
        }
        parts[0]
            .nodes("initializer", |nodes| nodes.initializer)
            .map_or_else(|orphan| orphan.op(), |(graph, node)| Operation { graph, node: node.unwrap_or(NO_NODE) })
    }

    /// The tensor that the variable starts from. TensorFlow: `variable.initial_value`.
    #[track_caller]
    pub fn initial_value(&self) -> Tensor<T> {
        let parts = self.parts();
        if parts.len() > 1 {
            return self.joined(&parts.iter().map(Variable::initial_value).collect::<Vec<_>>());
        }
        parts[0].nodes("initial_value", |nodes| nodes.initial_value).map_or_else(
            |orphan| orphan,
            |(graph, value)| {
                let (node, output) = value.unwrap_or((NO_NODE, 0));
                Tensor::new(self.0.shape, graph, node, output)
            },
        )
    }

    /// The whole name, such as `model/conv1/weights`; known while its graph is being built.
    #[track_caller]
    pub fn name(&self) -> String {
        self.nodes("name", |nodes| nodes.name.to_string()).map_or_else(|_| String::new(), |(_, name)| name)
    }

    /// What an optimizer does to the variable after it has changed it; known while its graph is being built.
    /// TensorFlow: `variable.constraint`.
    #[track_caller]
    pub fn constraint(&self) -> Option<Constraint> {
        self.known("constraint", |state, index| state.settings_of(index).constraint)
            .map_or(None, |(_, constraint)| constraint)
    }

    /// The device on which reads of the variable are kept; known while its graph is being built.
    #[track_caller]
    pub fn caching_device(&self) -> Option<&'static str> {
        self.known("caching_device", |state, index| state.settings_of(index).caching_device)
            .map_or(None, |(_, device)| device)
    }

    #[track_caller]
    fn nodes<R: Default>(&self, what: &str, f: impl FnOnce(&VariableNodes) -> R) -> Result<(u32, R), Tensor<T>> {
        self.known(what, |state, index| f(&state.variables[index]))
    }

    /// What the graph knows of the variable, which it has by this number.
    #[track_caller]
    fn known<R: Default>(&self, what: &str, f: impl FnOnce(&State, usize) -> R) -> Result<(u32, R), Tensor<T>> {
        let handle = self.0;
        with_current(what, |state| match state.variable_index(handle.graph, handle.node) {
            Some(variable) => (state.id, f(state, variable)),
            None => (handle.graph, R::default()),
        })
        .map_err(super::Orphan::tensor)
    }
}
