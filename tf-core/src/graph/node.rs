//! Nodes, and how an op becomes one.

use super::{Graph, State, orphan_error, templates::users_place, with_current};
use crate::{
    dtype::{DType, Element},
    error::{Error, Status},
    few::{Few, Short},
    mistake::Mistake,
    ops::Op,
    placement::DeviceSpec,
    registry::scope_path,
    shape::Shape,
    spec::{Spec, SpecError},
    tensor::{BUILD_TIME, NO_NODE, Tensor, Variable},
};
use std::{panic::Location, sync::Arc};

/// What is known of each output of an op.
pub(crate) type Specs = Few<Spec, 1>;
/// Node and output of each input of an op.
pub(crate) type Inputs = Few<(u32, u16), 3>;
/// The nodes that a node is placed beside.
pub(crate) type Neighbours = Few<u32, 3>;

/// One op of a graph.
#[derive(Clone)]
pub struct Node {
    pub(crate) name: Arc<str>,
    pub(crate) op: Op,
    /// Node and output of each input; every input comes before this node.
    pub(crate) inputs: Inputs,
    pub(crate) outputs: Specs,
    pub(crate) at: &'static Location<'static>,
    around: Arc<Around>,
    /// The nodes it is placed beside; none where it stands alone.
    pub(crate) colocated: Neighbours,
}

/// What holds where nodes are made, which mostly have it in common with those before them.
#[derive(Clone)]
pub(crate) struct Around {
    /// The variable scope.
    pub(crate) scope: Arc<str>,
    /// The device that is wanted.
    device: Arc<DeviceSpec>,
    /// The nodes that have to come before.
    control: Vec<u32>,
}

impl Node {
    pub(crate) fn around(&self) -> &Arc<Around> {
        &self.around
    }

    /// The nodes that it waits for beside its inputs.
    pub(crate) fn control(&self) -> &[u32] {
        &self.around.control
    }

    /// The device it is wanted on.
    pub(crate) fn device(&self) -> &Arc<DeviceSpec> {
        &self.around.device
    }

    pub(crate) fn want_device(&mut self, device: Arc<DeviceSpec>) {
        Arc::make_mut(&mut self.around).device = device;
    }

    /// An error that is about the node.
    pub(crate) fn locate(&self, error: Error) -> Error {
        error.at_node(&self.name).at(self.at).in_scope(&self.around.scope)
    }

    /// Empties the node when the build that made it fails.
    pub(super) fn discard(&mut self) {
        self.name = Arc::default();
        self.op = Op::from(crate::ops::Group);
        self.inputs = Inputs::NONE;
        Arc::make_mut(&mut self.around).control.clear();
        self.outputs = Specs::NONE;
        self.colocated = Neighbours::NONE;
    }

    /// Whether the build that made it failed. (Every other node has a name.)
    pub(crate) fn is_discarded(&self) -> bool {
        self.name.is_empty()
    }
}

impl Short for Spec {
    const BLANK: Spec = Spec::new(DType::F32, Shape::SCALAR);
}

impl Short for Shape {
    const BLANK: Shape = Shape::SCALAR;
}

/// An input of an op, its element type erased.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    pub(crate) shape: Shape,
    pub(crate) graph: u32,
    pub(crate) node: u32,
    pub(crate) output: u16,
}

impl<T> From<Tensor<T>> for Input {
    fn from(tensor: Tensor<T>) -> Input {
        Input { shape: tensor.shape, graph: tensor.graph, node: tensor.node, output: tensor.output }
    }
}

/// An op without a value to hand on: a `Copy` handle to run or to depend on.
///
/// The TensorFlow symbol is `tf.Operation`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Operation {
    pub(crate) graph: u32,
    pub(crate) node: u32,
}

impl Operation {
    /// An operation of a layer under check, which has no graph.
    pub(crate) const AT_BUILD_TIME: Operation = Operation { graph: BUILD_TIME, node: NO_NODE };
}

impl<T> Tensor<T> {
    /// The op that computes this tensor.
    pub const fn op(&self) -> Operation {
        Operation { graph: self.graph, node: self.node }
    }
}

impl<T> From<Tensor<T>> for Operation {
    fn from(tensor: Tensor<T>) -> Operation {
        tensor.op()
    }
}

impl<T> From<Variable<T>> for Operation {
    fn from(variable: Variable<T>) -> Operation {
        variable.0.op()
    }
}

/// Adds a node of one output; `name` is what TensorFlow calls an unnamed op of this function.
#[track_caller]
pub(crate) fn apply<T: Element>(
    name: &str,
    op: Op,
    inputs: &[Input],
    ruled: impl FnOnce(&[Shape]) -> Result<Shape, SpecError>,
) -> Tensor<T> {
    let made = add(name, op, inputs, |shapes| ruled(shapes).map(|shape| [Spec::new(T::DTYPE, shape)].into()));
    match made {
        Ok((graph, node, specs)) => Tensor::new(specs.map_or(Shape::POISON, |s| s[0].shape), graph, node, 0),
        Err(orphan) => orphan,
    }
}

/// Adds a node of `N` outputs of one element type.
#[track_caller]
pub(crate) fn apply_many<T: Element, const N: usize>(
    name: &str,
    op: Op,
    inputs: &[Input],
    ruled: impl FnOnce(&[Shape]) -> Result<[Shape; N], SpecError>,
) -> [Tensor<T>; N] {
    let made: Result<_, Tensor<T>> = add(name, op, inputs, |shapes| {
        ruled(shapes).map(|shapes| shapes.iter().map(|&shape| Spec::new(T::DTYPE, shape)).collect())
    });
    match made {
        Ok((graph, node, specs)) => std::array::from_fn(|i| {
            let shape = specs.as_ref().map_or(Shape::POISON, |specs| specs[i].shape);
            Tensor::new(shape, graph, node, i as u16)
        }),
        Err(orphan) => [orphan; N],
    }
}

/// Adds a node without outputs.
#[track_caller]
pub(crate) fn apply_operation(name: &str, op: Op, inputs: &[Input]) -> Operation {
    let made: Result<_, Tensor<f32>> = add(name, op, inputs, |_| Ok(Specs::NONE));
    match made {
        Ok((graph, node, _)) => Operation { graph, node },
        Err(orphan) => orphan.op(),
    }
}

/// The mistake of using `what` where another graph is built.
pub(super) fn foreign(what: &str, at: &'static Location<'static>) -> Error {
    let text = format!(
        "{what} belongs to another graph than the one being built, or to a build that failed\n  help: build both in one graph, or feed the value of one into a placeholder of the other"
    );
    Error::new(Status::InvalidArgument, "E-GRAPH-MIXED", text).at(at)
}

type Added = (u32, u32, Option<Specs>);

#[track_caller]
fn add<T>(
    name: &str,
    op: Op,
    inputs: &[Input],
    ruled: impl FnOnce(&[Shape]) -> Result<Specs, SpecError>,
) -> Result<Added, Tensor<T>> {
    let at = users_place(Location::caller());
    with_current(name, |state| state.add(name, op, inputs, ruled, at)).map_err(|orphan| orphan.tensor())
}

impl State {
    /// Adds a node, or records why there is none: then the tensors of this op stand for no node, and, where its rule refused
    /// the inputs, for no shape either, so that what follows from the mistake stays silent.
    pub(crate) fn add(
        &mut self,
        name: &str,
        op: Op,
        inputs: &[Input],
        ruled: impl FnOnce(&[Shape]) -> Result<Specs, SpecError>,
        at: &'static Location<'static>,
    ) -> Added {
        let mut complete = true;
        let mut foreign = false;
        for (index, input) in inputs.iter().enumerate() {
            foreign |= self.refuses(input.graph, input.node, || format!("input {index} of `{name}`"), at);
            complete &= input.node != NO_NODE;
        }
        if foreign {
            return (self.id, NO_NODE, None);
        }
        let shapes: Few<Shape, 3> = inputs.iter().map(|input| input.shape).collect();
        let poisoned = shapes.iter().any(Shape::is_poison);
        let specs = match ruled(&shapes) {
            _ if poisoned => return (self.id, NO_NODE, None),
            Ok(specs) => specs,
            Err(mut error) => {
                for input in inputs {
                    self.mark_variable(input, &mut error.left);
                    self.mark_variable(input, &mut error.right);
                }
                self.record(&Mistake::Spec(error), at);
                return (self.id, NO_NODE, None);
            }
        };
        if !complete {
            return (self.id, NO_NODE, Some(specs));
        }
        let thread = self.thread();
        let (scope, control) = (thread.name_scope.clone(), thread.control.clone());
        let inputs: Inputs = inputs.iter().map(|input| (input.node, input.output)).collect();
        let name = self.names.unique_joined(&[&scope, name]);
        let specs_of_node = specs.clone();
        let node = match self.home_of(&op) {
            Some(home) => self.beside(home, |state| state.push(name, op, inputs, control, specs_of_node, at)),
            None => self.push(name, op, inputs, control, specs_of_node, at),
        };
        (self.id, node, Some(specs))
    }

    /// Notes in a shape of a message, as const evaluation does in all, that it is of the variable which this input reads.
    fn mark_variable(&self, input: &Input, shape: &mut Shape) {
        let node = self.nodes.get(input.node as usize).filter(|_| input.shape == *shape);
        if let Some(variable) = node.and_then(|node| node.op.reads()) {
            shape.apart = !(1 << (variable % 32));
        }
    }

    /// Whether a handle is of no use here: made with no graph at hand, in another graph, or in a build that failed. Records
    /// that as the mistake of `what`; an orphan's own mistake once, however often it is met.
    pub(crate) fn refuses(
        &mut self,
        graph: u32,
        node: u32,
        what: impl FnOnce() -> String,
        at: &'static Location<'static>,
    ) -> bool {
        if let Some(error) = orphan_error(graph, node) {
            if !self.orphans.contains(&node) {
                self.orphans.push(node);
                self.mistakes.push(error);
            }
            return true;
        }
        if self.is_foreign(graph, node) {
            self.mistakes.push(foreign(&what(), at));
            return true;
        }
        false
    }

    /// Whether a handle is of another graph, or of a build that failed. (One that stands for no node is neither.)
    pub(crate) fn is_foreign(&self, graph: u32, node: u32) -> bool {
        graph != self.id || (node != NO_NODE && self.nodes.get(node as usize).is_none_or(Node::is_discarded))
    }

    /// Appends a node whose name is unique already.
    pub(crate) fn push(
        &mut self,
        name: Arc<str>,
        op: Op,
        inputs: Inputs,
        control: Vec<u32>,
        outputs: Specs,
        at: &'static Location<'static>,
    ) -> u32 {
        let (device, colocated) = self.place_new_node();
        let around = self.around(device, control);
        self.nodes.push(Node { name, op, inputs, outputs, at, around, colocated });
        self.nodes.len() as u32 - 1
    }

    fn around(&mut self, device: Arc<DeviceSpec>, control: Vec<u32>) -> Arc<Around> {
        let thread = self.thread();
        let number = thread.cursor.scope;
        let last = thread.last_around.as_ref().filter(|(of, _)| *of == number).map(|(_, around)| around);
        // One by one: for two lists without memory, as these mostly are, `memcmp` took about a tenth of a microsecond where it was measured.
        let waits_alike = |last: &Around| last.control.iter().eq(&control);
        let scope = match last {
            Some(last) if Arc::ptr_eq(&last.device, &device) && waits_alike(last) => return last.clone(),
            Some(last) => last.scope.clone(),
            None => scope_path(&self.registered.scopes, &self.registered.text, number).into(),
        };
        let around = Arc::new(Around { scope, device, control });
        self.thread().last_around = Some((number, around.clone()));
        around
    }
}

/// What can be depended on: an operation, a tensor, a variable, or several of a kind.
pub trait Operations {
    /// The operations.
    fn operations(self) -> Vec<Operation>;
}

impl<O: Into<Operation>> Operations for O {
    fn operations(self) -> Vec<Operation> {
        vec![self.into()]
    }
}

impl<O: Into<Operation>, const N: usize> Operations for [O; N] {
    fn operations(self) -> Vec<Operation> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<O: Into<Operation> + Copy> Operations for &[O] {
    fn operations(self) -> Vec<Operation> {
        self.iter().map(|&o| o.into()).collect()
    }
}

impl<O: Into<Operation>> Operations for Vec<O> {
    fn operations(self) -> Vec<Operation> {
        self.into_iter().map(Into::into).collect()
    }
}

macro_rules! operations_of_tuples {
    ($($($o:ident),+;)*) => { $(
        impl<$($o: Into<Operation>),+> Operations for ($($o,)+) {
            #[allow(non_snake_case)]
            fn operations(self) -> Vec<Operation> {
                let ($($o,)+) = self;
                vec![$($o.into()),+]
            }
        }
    )* };
}
operations_of_tuples!(A; A, B; A, B, C; A, B, C, D;);

/// Clears the control dependencies of the surrounding blocks, in [`control_dependencies`].
#[derive(Clone, Copy, Debug)]
pub struct NoDependencies;

impl Operations for NoDependencies {
    fn operations(self) -> Vec<Operation> {
        vec![CLEAR]
    }
}

const CLEAR: Operation = Operation { graph: u32::MAX, node: u32::MAX };

/// Ops made in `body` run after `inputs`; blocks inside each other add up. TensorFlow: `tf.control_dependencies`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, VariableOptions, control_dependencies, get_variable, zeros_initializer};
/// let graph = Graph::new();
/// let w = graph.build(|| {
///     let v = get_variable::<f32, _, _>("v", [], VariableOptions::new().initializer(zeros_initializer()));
///     let assignment = v.assign_add(1.0);
///     control_dependencies([assignment], || v.read_value())
/// })?;
/// let session = Session::new(&graph)?;
/// session.initialize()?;
/// assert_eq!(session.run(w)?.into_raw_vec_and_offset().0, [1.0]);
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn control_dependencies<R>(inputs: impl Operations, body: impl FnOnce() -> R) -> R {
    let _guard = enter_control_dependencies(inputs);
    body()
}

/// Control dependencies that hold until this is dropped.
#[must_use = "the dependencies end when this is dropped"]
pub struct ControlGuard(Option<(Graph, Vec<u32>)>);

impl Drop for ControlGuard {
    fn drop(&mut self) {
        if let Some((graph, before)) = self.0.take() {
            graph.state().thread().control = before;
        }
    }
}

#[doc(hidden)]
#[track_caller]
pub fn enter_control_dependencies(inputs: impl Operations) -> ControlGuard {
    let at = Location::caller();
    let inputs = inputs.operations();
    let before = with_current("control_dependencies", |state| {
        let before = state.thread().control.clone();
        let mut control = before.clone();
        for (index, input) in inputs.into_iter().enumerate() {
            if input == CLEAR {
                control.clear();
            } else if !state.refuses(input.graph, input.node, || format!("control dependency {index}"), at)
                && input.node != NO_NODE
                && !control.contains(&input.node)
            {
                control.push(input.node);
            }
        }
        state.thread().control = control;
        before
    });
    ControlGuard(before.ok().and_then(|before| Some((Graph::current()?, before))))
}

impl Graph {
    /// The name of the op that computes a tensor, such as `model/conv1/Relu`; `None` for one of another graph.
    pub fn name_of(&self, op: impl Into<Operation>) -> Option<String> {
        let op = op.into();
        let state = self.state();
        if op.node == NO_NODE || state.is_foreign(op.graph, op.node) {
            return None;
        }
        // Of a variable in parts it is the variable's: no op has its handle's.
        match state.nodes.get(op.node as usize)? {
            Node { op: Op::PartitionedVariable(whole), .. } => {
                Some(state.variables[whole.variable as usize].name.to_string())
            }
            node => Some(node.name.to_string()),
        }
    }

    /// The names of all ops, in the order they were made.
    pub fn op_names(&self) -> Vec<String> {
        self.state().nodes.iter().filter(|node| !node.is_discarded()).map(|node| node.name.to_string()).collect()
    }
}
