//! `get_variable` at run time: the register decides, this makes the nodes of a new variable (C40, C41).

use super::{
    State,
    described::{AnyVariable, Sites, VariableNodes},
    first_values::Initial,
    getters,
    node::Input,
    node::Operation,
    partitioned, regularization, with_current,
};
use crate::{
    check::{VariableCall, request},
    constraint::Constraint,
    dtype::Element,
    initial_function::Start,
    initializer::{Initializer, InitializerFor, InitializerKind},
    names::{Hash, Name},
    ops::{self, Op},
    options::{VariableOptions, VariableRequest, collection},
    partitioning::Partition,
    regularizer::Regularizer,
    settings::Settings,
    shape::Shape,
    sharing::Declared,
    spec::Spec,
    tensor::{NO_NODE, ShapeArgument, Tensor, Variable},
};
use std::{panic::Location, sync::Arc};

/// Creates a variable in the current scope, or shares the one of that name, as the scope says.
///
/// TensorFlow: `tf.get_variable`. In layers, and wherever `tf::get_variable!` is at hand, write that.
/// A mistake is recorded in the graph and returned by [`Graph::build`](crate::Graph::build).
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, VariableOptions, get_variable, zeros_initializer};
/// let graph = Graph::new();
/// let v = graph.build(|| {
///     get_variable::<f32, _, _>("v", [1, 2, 3], VariableOptions::new().initializer(zeros_initializer()))
/// })?;
/// assert_eq!(v.shape().to_string(), "[1, 2, 3]");
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn get_variable<T: Element, I: InitializerFor<T>, S: ShapeArgument>(
    name: impl AsRef<str>,
    shape: S,
    options: VariableOptions<I>,
) -> Variable<T> {
    variable(name.as_ref(), shape, options, true)
}

/// What `new_variable!` calls: [`Variable::new`], its type arguments in the order of [`get_variable`]'s.
#[doc(hidden)]
#[track_caller]
pub fn new_variable<T: Element, I: InitializerFor<T>, S: ShapeArgument>(
    name: impl AsRef<str>,
    shape: S,
    options: VariableOptions<I>,
) -> Variable<T> {
    variable(name.as_ref(), shape, options, false)
}

#[track_caller]
fn variable<T: Element, I: InitializerFor<T>, S: ShapeArgument>(
    name: &str,
    shape: S,
    options: VariableOptions<I>,
    shared: bool,
) -> Variable<T> {
    let at = Location::caller();
    let name = Name::of(name);
    let mut mistake = None;
    let call = VariableCall {
        name: &name,
        shape: (S::KIND, &raw const shape as *const ()),
        initializer: (I::KIND, &raw const options.initializer as *const ()),
        dtype: T::DTYPE,
        trainable: options.trainable,
        dtype_given: options.dtype_given,
        validate_shape: options.validate_shape,
        shared,
        collections: &options.collections,
        settings: options.settings(),
    };
    // SAFETY: shape and initializer are of these kinds, as their traits promise, and live until the end of this function.
    let mut request = unsafe { request(&call, &mut mistake) };
    let tensor: Option<Tensor<T>> = (I::KIND == InitializerKind::Tensor).then(|| {
        // SAFETY: the kind promises a tensor of `T`, or a variable, which wraps one.
        unsafe { *(&raw const options.initializer as *const Tensor<T>) }
    });
    let initial = match (tensor, options.initializer.start()) {
        (Some(tensor), _) => Initial::Input(tensor.into()),
        (None, Start::Described) => Initial::Described,
        (None, start) => Initial::Start(start),
    };
    if shared
        && mistake.is_none()
        && let Some(got) = getters::asked_of_getters(options.getter, &name, &request, &initial, at)
    {
        return Variable(Tensor::new(got.spec.shape, got.graph, got.handle, 0));
    }
    let resolved = partitioned::resolved(&request);
    request.asked.settings = resolved.as_ref().or(request.asked.settings);
    let initial = initial.made(&name, &request);
    let made = with_current("get_variable", |state| {
        if let Some(mistake) = mistake {
            state.record(&mistake, at);
        }
        let got = state.get_variable(&name, &request, &initial, at);
        (Variable(Tensor::new(got.shape, state.id, got.handle, 0)), got.regularized)
    });
    let (variable, regularized) = match made {
        Ok(made) => made,
        Err(orphan) => return Variable(orphan.tensor()),
    };
    regularized.iter().for_each(Regularized::add_loss);
    variable
}

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

/// What a call of `get_variable` came to.
pub(super) struct Got {
    pub(super) shape: Shape,
    pub(super) handle: u32,
    /// A new variable that has a regularizer, or its parts: the caller adds the losses, which may be functions of the user's own, once
    /// the graph is not locked.
    pub(super) regularized: Vec<Regularized>,
}

/// A new variable in one piece, its name and its regularizer.
pub(super) struct Regularized {
    variable: AnyVariable,
    name: Arc<str>,
    regularizer: Regularizer,
}

impl Regularized {
    #[track_caller]
    pub(super) fn add_loss(&self) {
        regularization::add_loss(self.variable, &self.name, &self.regularizer);
    }
}

impl Got {
    fn nothing(shape: Shape) -> Got {
        Got { shape, handle: NO_NODE, regularized: Vec::new() }
    }
}

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
        let add = |state: &mut State| state.add("ReadVariableOp", op, &[], |_| Ok(vec![spec]), at);
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

    pub(super) fn get_variable(
        &mut self,
        name: &Name<'_>,
        request: &VariableRequest<'_>,
        initial: &Initial,
        at: &'static Location<'static>,
    ) -> Got {
        let initial = match initial {
            Initial::Input(input) => &Initial::Input(self.value_of(*input, at)),
            other => other,
        };
        let text = name.text.len() + request.collections.list().iter().map(|c| c.len() + 1).sum::<usize>();
        let parts = self.partition_asked(request).known_parts();
        let (mut registry, _) = self.registry_with_room(1 + parts, text);
        let mut mistake = None;
        let granted = registry.get_variable(name, request, Some(at), &mut mistake);
        if let Some(mistake) = &mistake {
            self.record(mistake, at);
        }
        let Some(index) = granted.index else { return Got::nothing(granted.shape) };
        if granted.created && mistake.is_some() {
            // The table knows the variable, so that what follows is judged as usual; the build fails, so it needs no nodes.
            let parts = self.registered.variables[index as usize].declared.partition.known_parts() as u32;
            (index..=index + parts).for_each(|index| self.add_variable_record(index, NO_NODE, at));
            return Got::nothing(granted.shape);
        }
        if granted.created {
            self.create_nodes(index, request, initial, at);
        } else {
            self.note_site(index as usize, at);
        }
        let nodes = &self.variables[index as usize];
        let mut got = Got { shape: granted.shape, handle: nodes.handle, regularized: Vec::new() };
        if let (true, Some(regularizer)) = (granted.created, nodes.settings.regularizer) {
            let each = self.each_part(vec![self.any_variable(index as usize)]).into_iter();
            let named = each.filter_map(|variable| {
                let name = self.variables[self.variable_index(variable.graph, variable.handle)?].name.clone();
                Some(Regularized { variable, name, regularizer })
            });
            got.regularized = named.collect();
        }
        got
    }

    pub(super) fn add_variable_record(&mut self, index: u32, handle: u32, at: &'static Location<'static>) {
        let mut path = crate::text::Text::new();
        let (registry, _) = self.registry(0);
        registry.variable_path(index, &mut path);
        let declared = registry.variables[index as usize].declared;
        let name = Arc::from(path.as_str());
        let container = self.thread().container.clone();
        self.variables.push(VariableNodes {
            name,
            spec: declared.spec,
            handle,
            initial_value: None,
            initializer: None,
            cached: None,
            trainable: declared.trainable,
            settings: declared.settings,
            partition: declared.partition,
            part_of: None,
            container,
            created: at,
            shared: Sites::default(),
        });
        self.note_site(index as usize, at);
    }

    /// The handle, the initial value and its assignment, of a variable or of each of its parts. They get no control inputs (C44), and
    /// their names start at the root (S2).
    fn create_nodes(
        &mut self,
        index: u32,
        request: &VariableRequest<'_>,
        initial: &Initial,
        at: &'static Location<'static>,
    ) {
        self.add_variable_record(index, NO_NODE, at);
        let new = if self.variables[index as usize].partition.is_some() {
            if !request.shared || self.is_name_of_unshared(&self.variables[index as usize].name) {
                self.claim_name(index, request.shared);
            }
            self.create_parts(index as usize, request.shared, initial, at)
        } else {
            let handle_name = self.claim_name(index, request.shared);
            vec![self.initialized_nodes(index, handle_name, initial, at)]
        };
        let trainable = self.registered.variables[index as usize].declared.trainable;
        let listed = request.collections.list();
        for variable in new {
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
    pub(super) fn claim_name(&mut self, index: u32, shared: bool) -> String {
        let path = self.variables[index as usize].name.clone();
        if shared {
            let handle_name = self.names.unique(&path);
            if handle_name != *path && self.is_name_of_unshared(&path) {
                // Its value is kept beside that of the other, so it cannot have the same name there (C3).
                self.variables[index as usize].name = Arc::from(handle_name.as_str());
            }
            return handle_name;
        }
        let entry = &self.registered.variables[index as usize];
        let handle_name = if entry.part_of > 0 {
            self.names.unique(&path)
        } else {
            let own = entry.name.read(&self.registered.text).to_owned();
            let below = self.thread().name_scope.clone();
            self.names.unique(&format!("{below}{own}"))
        };
        self.variables[index as usize].name = Arc::from(handle_name.as_str());
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
        handle_name: String,
        initial: &Initial,
        at: &'static Location<'static>,
    ) -> AnyVariable {
        let declared = self.registered.variables[index as usize].declared;
        let spec = declared.spec;
        let name = self.variables[index as usize].name.clone();
        let handle = self.push(
            handle_name.clone(),
            Op::from(ops::VariableHandle { variable: index }),
            Vec::new(),
            Vec::new(),
            vec![spec],
            at,
        );
        let value = match initial {
            Initial::Input(input) => (input.node, input.output),
            other => {
                let part = self.variables[index as usize].part_of.clone();
                let (label, op) = self.initial_value_op(other, &declared, &name, part.as_ref());
                let unique = self.names.unique(&format!("{handle_name}/Initializer/{label}"));
                let push = |state: &mut State| state.push(unique, op, Vec::new(), Vec::new(), vec![spec], at);
                (self.following(handle, push), 0)
            }
        };
        let assign_name = self.names.unique(&format!("{handle_name}/Assign"));
        let op = Op::from(ops::AssignVariable { variable: index });
        let complete = value.0 != NO_NODE;
        let push = |state: &mut State| state.push(assign_name, op, vec![value], Vec::new(), Vec::new(), at);
        let assign = complete.then(|| self.beside(handle, push));
        let nodes = &mut self.variables[index as usize];
        nodes.handle = handle;
        nodes.initial_value = complete.then_some(value);
        nodes.initializer = assign;
        self.keep_reads(index, at);
        AnyVariable { graph: self.id, handle, spec }
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
        self.nodes("constraint", |nodes| nodes.settings.constraint).map_or(None, |(_, constraint)| constraint)
    }

    /// The device on which reads of the variable are kept; known while its graph is being built.
    #[track_caller]
    pub fn caching_device(&self) -> Option<&'static str> {
        self.nodes("caching_device", |nodes| nodes.settings.caching_device).map_or(None, |(_, device)| device)
    }

    #[track_caller]
    fn nodes<R: Default>(&self, what: &str, f: impl FnOnce(&VariableNodes) -> R) -> Result<(u32, R), Tensor<T>> {
        let handle = self.0;
        with_current(what, |state| match state.variable_index(handle.graph, handle.node) {
            Some(variable) => (state.id, f(&state.variables[variable])),
            None => (handle.graph, R::default()),
        })
        .map_err(super::Orphan::tensor)
    }
}
