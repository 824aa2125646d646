//! `device(..)` scopes, and what they make of a new node (V1-V5).

use super::{
    choosing::{Chooser, DeviceOp, Frame, IntoDevice},
    spec::DeviceSpec,
};
use crate::{
    error::{Error, Result, Status},
    graph::{
        Graph, State,
        node::{Neighbours, Operation},
        with_current,
    },
    tensor::{NO_NODE, Tensor, Variable},
};
use std::{
    cell::Cell,
    panic::Location,
    sync::{Arc, LazyLock},
};

/// What the open scopes of a thread say of devices. Shared by the nodes that are not settled yet, so never changed in place.
#[derive(Clone)]
pub(crate) struct OpenDevices {
    /// The `device` scopes, the outermost first.
    pub(super) frames: Vec<Frame>,
    /// What they come to for any op, where no function has a say.
    fixed: Option<Arc<DeviceSpec>>,
    /// The nodes that new ones are placed beside, the innermost last.
    pub(super) beside: Vec<u32>,
    /// Whether a new node has no device of its own, only a neighbour (V7).
    pub(super) follows: bool,
}

/// No device, for all nodes of which none is said.
static NOWHERE: LazyLock<Arc<DeviceSpec>> = LazyLock::new(Arc::default);

impl Default for OpenDevices {
    fn default() -> OpenDevices {
        OpenDevices::new(Vec::new(), Vec::new())
    }
}

/// A node whose device is found once its graph is no longer locked, since the user's own functions may have a say.
pub(crate) struct Unsettled {
    node: u32,
    open: Arc<OpenDevices>,
}

impl OpenDevices {
    pub(super) fn new(frames: Vec<Frame>, beside: Vec<u32>) -> OpenDevices {
        let counted = frames.iter().rposition(|frame| matches!(frame, Frame::Clear)).map_or(0, |clear| clear + 1);
        let functions = frames[counted..].iter().any(|frame| matches!(frame, Frame::Choose(_)));
        let fixed = match frames[..] {
            [] => Some(NOWHERE.clone()),
            _ => (!functions).then(|| Arc::new(merged(&frames))),
        };
        OpenDevices { frames, fixed, beside, follows: false }
    }

    fn with(&self, frame: Frame) -> OpenDevices {
        let mut frames = self.frames.clone();
        frames.push(frame);
        OpenDevices { follows: self.follows, ..OpenDevices::new(frames, self.beside.clone()) }
    }
}

/// What scopes without functions come to: inner parts win, and nothing around the innermost clearing counts.
fn merged(frames: &[Frame]) -> DeviceSpec {
    let mut device = DeviceSpec::new();
    for frame in frames.iter().rev() {
        match frame {
            Frame::Merge(spec) => device = spec.merge(&device),
            Frame::Clear | Frame::Choose(_) => break,
        }
    }
    device
}

/// Ops made in `body` are wanted on this device. TensorFlow: `tf.device`.
///
/// Scopes inside each other merge part by part, the inner one wins; `None` drops what those around it say. A function is
/// asked for each op that is made inside, with what the scopes within come to, and its answer replaces that. In checked layers
/// and models write `device!("/gpu:1", { .. })`: a literal is read by rustc wherever it stands.
///
/// ```
/// # use tf_core as tf;
/// use tf::{DeviceOp, Graph, constant, device};
/// let graph = Graph::new();
/// let (near, far) = graph.build(|| {
///     device("/job:worker/cpu:0", || {
///         let near = constant(1.0f32);
///         (near, device("/cpu:1", || constant(2.0f32)))
///     })
/// })?;
/// assert_eq!(graph.device_of(near).unwrap().to_string(), "/job:worker/device:CPU:0");
/// assert_eq!(graph.device_of(far).unwrap().to_string(), "/job:worker/device:CPU:1");
///
/// let by_type = |op: &DeviceOp<'_>| if op.type_name() == "Const" { "/cpu:0" } else { "/gpu:0" };
/// let x = graph.build(|| device(by_type, || constant(1.0f32)))?;
/// assert_eq!(graph.device_of(x).unwrap().to_string(), "/device:CPU:0");
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// [`Graph::build`] returns E-DEVICE for a text that is no device, and E-DEVICE-FUNCTION for a function that makes ops.
#[track_caller]
pub fn device<D: IntoDevice, R>(device: D, body: impl FnOnce() -> R) -> R {
    let _guard = enter_device(device);
    body()
}

/// What was said of devices before a scope, restored when this is dropped.
#[must_use = "the scope closes when this is dropped"]
pub struct DeviceGuard(Option<(Graph, Arc<OpenDevices>)>);

impl Drop for DeviceGuard {
    fn drop(&mut self) {
        if let Some((graph, before)) = self.0.take() {
            graph.state().thread().devices = before;
        }
    }
}

#[doc(hidden)]
#[track_caller]
pub fn enter_device<D: IntoDevice>(device: D) -> DeviceGuard {
    let at = Location::caller();
    let frame = device.into_frame();
    enter("device", |state, before| match frame {
        Ok(frame) => before.with(frame),
        Err(error) => {
            state.mistakes.push(error.at(at));
            before.clone()
        }
    })
}

/// Replaces what the open scopes say of devices by what `change` makes of it, until the guard is dropped.
#[track_caller]
pub(super) fn enter(what: &str, change: impl FnOnce(&mut State, &OpenDevices) -> OpenDevices) -> DeviceGuard {
    let before = with_current(what, |state| {
        let before = state.thread().devices.clone();
        let open = change(state, &before);
        state.thread().devices = Arc::new(open);
        before
    });
    DeviceGuard(before.ok().and_then(|before| Some((Graph::current()?, before))))
}

thread_local! {
    /// Whether a device function of this thread is being asked.
    static ASKING: Cell<bool> = const { Cell::new(false) };
}

impl State {
    /// Runs `make` so that its nodes are placed beside `node` and take its device, whatever scopes are open: reads and updates of a
    /// variable (V10).
    pub(crate) fn beside<R>(&mut self, node: u32, make: impl FnOnce(&mut State) -> R) -> R {
        self.placed_by(node, false, make)
    }

    /// Runs `make` so that its nodes follow `node` with no device of their own: the initial value of a variable (V7).
    pub(crate) fn following<R>(&mut self, node: u32, make: impl FnOnce(&mut State) -> R) -> R {
        self.placed_by(node, true, make)
    }

    /// The same as with open scopes that say no more than that, which most variables need three times: none of them is made.
    fn placed_by<R>(&mut self, node: u32, follows: bool, make: impl FnOnce(&mut State) -> R) -> R {
        let before = self.thread().beside.replace((node, follows));
        let made = make(self);
        self.thread().beside = before;
        made
    }

    /// Runs `make` so that its nodes are wanted on this device and nothing else counts.
    pub(crate) fn only_on<R>(&mut self, device: Frame, make: impl FnOnce(&mut State) -> R) -> R {
        let open = Arc::new(OpenDevices::new(vec![device], Vec::new()));
        let thread = self.thread();
        let before = (std::mem::replace(&mut thread.devices, open), thread.beside.take());
        let made = make(self);
        let thread = self.thread();
        (thread.devices, thread.beside) = before;
        made
    }

    /// The device of the innermost of these nodes that is wanted on one.
    fn device_beside(&self, beside: &[u32]) -> Option<Arc<DeviceSpec>> {
        let of = |&node: &u32| self.nodes[node as usize].device();
        beside.iter().rev().map(of).find(|device| !device.is_empty()).cloned()
    }

    /// The device and the neighbours of the node that is about to be added; what is not known yet is left to [`settle`].
    pub(crate) fn place_new_node(&mut self) -> (Arc<DeviceSpec>, Neighbours) {
        let beside = self.thread().beside;
        let open = match beside {
            Some((node, follows)) if follows || self.unsettled.is_empty() => {
                let device = if follows { None } else { self.device_beside(&[node]) };
                return (device.unwrap_or_else(|| NOWHERE.clone()), self.neighbours(&[node]));
            }
            Some((node, _)) => Arc::new(OpenDevices::new(Vec::new(), vec![node])),
            None => self.thread().devices.clone(),
        };
        let neighbours = self.neighbours(&open.beside);
        let takes_after = !(open.beside.is_empty() || open.follows);
        let device = match &open.fixed {
            // Nodes that it takes after may not be settled themselves.
            Some(fixed) if !takes_after || self.unsettled.is_empty() => {
                let neighbour = takes_after.then(|| self.device_beside(&open.beside)).flatten();
                neighbour.unwrap_or_else(|| fixed.clone())
            }
            fixed => {
                let device = fixed.clone().unwrap_or_default();
                self.unsettled.push(Unsettled { node: self.nodes.len() as u32, open });
                device
            }
        };
        (device, neighbours)
    }
}

/// Finds the devices of new nodes, in the order they were made. The graph is not locked while a function is asked.
pub(crate) fn settle(graph: &Graph, nodes: Vec<Unsettled>) {
    for Unsettled { node, open } in nodes {
        if open.fixed.is_none() {
            let chosen = ask(graph, node, &open.frames);
            let mut state = graph.state();
            match chosen {
                Ok(device) => state.nodes[node as usize].want_device(Arc::new(device)),
                Err(error) => {
                    let made = &state.nodes[node as usize];
                    let error = error.at_node(&made.name).at(made.at);
                    state.mistakes.push(error);
                }
            }
        }
        if !open.follows {
            let mut state = graph.state();
            if let Some(device) = state.device_beside(&open.beside) {
                state.nodes[node as usize].want_device(device);
            }
        }
    }
}

/// The device that scopes with functions among them come to, from the innermost to the outermost.
fn ask(graph: &Graph, node: u32, frames: &[Frame]) -> Result<DeviceSpec> {
    let (name, type_name, outputs, at) = {
        let state = graph.state();
        let node = &state.nodes[node as usize];
        (node.name.to_string(), node.op.type_name(), node.outputs.clone(), node.at)
    };
    let mut device = DeviceSpec::new();
    for frame in frames.iter().rev() {
        match frame {
            Frame::Merge(spec) => device = spec.merge(&device),
            Frame::Clear => break,
            Frame::Choose(choose) => {
                device = ask_one(choose, &DeviceOp { name: &name, type_name, device: &device, outputs: &outputs, at })?;
            }
        }
    }
    Ok(device)
}

fn ask_one(choose: &Chooser, op: &DeviceOp<'_>) -> Result<DeviceSpec> {
    struct Asking;
    impl Drop for Asking {
        fn drop(&mut self) {
            ASKING.set(false);
        }
    }
    if ASKING.replace(true) {
        // It would be asked for its own ops without end.
        return Err(Error::new(
            Status::FailedPrecondition,
            "E-DEVICE-FUNCTION",
            "a device function makes an op, of which it would be asked again\n  help: make the op before the `device` scope, or decide by the op that the function is given",
        ));
    }
    let _asking = Asking;
    choose(op)
}

impl Operation {
    /// The device it is wanted on, such as `/job:ps/task:0/device:CPU:0`; `""` where none was said. Known while its graph is being
    /// built; afterwards from [`Graph::device_of`]. TensorFlow: `op.device`.
    #[track_caller]
    pub fn device(&self) -> String {
        let op = *self;
        let found = with_current("device", |state| {
            let known = op.node != NO_NODE && !state.is_foreign(op.graph, op.node);
            if known { state.nodes[op.node as usize].device().to_string() } else { String::new() }
        });
        found.unwrap_or_default()
    }
}

impl<T> Tensor<T> {
    /// The device that its op is wanted on, such as `/device:GPU:1`: [`Operation::device`].
    #[track_caller]
    pub fn device(&self) -> String {
        self.op().device()
    }
}

impl<T> Variable<T> {
    /// The device that it is wanted on, such as `/job:ps/task:0`: [`Operation::device`].
    #[track_caller]
    pub fn device(&self) -> String {
        self.0.op().device()
    }
}

impl Graph {
    /// The device that an op is wanted on; `None` for one of another graph.
    pub fn device_of(&self, op: impl Into<Operation>) -> Option<DeviceSpec> {
        let op = op.into();
        let state = self.state();
        if op.node == NO_NODE || state.is_foreign(op.graph, op.node) {
            return None;
        }
        Some(DeviceSpec::clone(state.nodes[op.node as usize].device()))
    }

    /// The names of all ops with the devices they are wanted on, in the order they were made.
    pub fn devices(&self) -> Vec<(String, DeviceSpec)> {
        let state = self.state();
        let nodes = state.nodes.iter().filter(|node| !node.is_discarded());
        nodes.map(|node| (node.name.to_string(), DeviceSpec::clone(node.device()))).collect()
    }
}
