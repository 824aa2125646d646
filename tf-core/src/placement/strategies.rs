//! Which task of the parameter servers an op goes to: in turn, or to the one with the least load.

use super::choosing::DeviceOp;
use crate::error::{Error, Result, Status};

/// Chooses a task for each op that goes to the parameter servers: for
/// [`ReplicaDeviceSetter::ps_strategy`](crate::ReplicaDeviceSetter::ps_strategy).
///
/// A function `|op: &DeviceOp| -> u32` is one.
pub trait PlacementStrategy: Send {
    /// The number of the task.
    ///
    /// # Errors
    /// What keeps the strategy from choosing.
    fn task(&mut self, op: &DeviceOp<'_>) -> Result<u32>;
}

impl<F: FnMut(&DeviceOp<'_>) -> u32 + Send> PlacementStrategy for F {
    fn task(&mut self, op: &DeviceOp<'_>) -> Result<u32> {
        Ok(self(op))
    }
}

fn no_tasks() -> Error {
    Error::new(
        Status::InvalidArgument,
        "E-CLUSTER-TASK",
        "an op is to be placed on one of 0 parameter servers\n  help: give the strategy the number of tasks that the job has",
    )
}

/// One task after the other, in the order in which variables are made: the default.
#[derive(Clone, Debug)]
pub struct RoundRobinStrategy {
    tasks: u32,
    next: u32,
}

impl RoundRobinStrategy {
    /// In turn among so many tasks, the first first.
    pub fn new(tasks: u32) -> Self {
        RoundRobinStrategy { tasks, next: 0 }
    }
}

impl PlacementStrategy for RoundRobinStrategy {
    fn task(&mut self, _: &DeviceOp<'_>) -> Result<u32> {
        if self.tasks == 0 {
            return Err(no_tasks());
        }
        let task = self.next;
        self.next = (task + 1) % self.tasks;
        Ok(task)
    }
}

/// The task with the least load so far, of several the first.
///
/// TensorFlow: `tf.contrib.training.GreedyLoadBalancingStrategy`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{GreedyLoadBalancingStrategy, Graph, VariableOptions, byte_size_load_fn, device, get_variable, replica_device_setter};
/// let setter = replica_device_setter()
///     .ps_tasks(2)
///     .ps_strategy(GreedyLoadBalancingStrategy::new(2, byte_size_load_fn));
/// let graph = Graph::new();
/// graph.build(|| {
///     device(&setter, || {
///         for (name, size) in [("large", 100), ("small", 1), ("smaller", 1)] {
///             let _ = get_variable::<f32, _, _>(name, [size], VariableOptions::new());
///         }
///     })
/// })?;
/// let devices: Vec<String> = graph.variables().into_iter().map(|v| v.device.to_string()).collect();
/// assert_eq!(devices, ["/job:ps/task:0", "/job:ps/task:1", "/job:ps/task:1"]);
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GreedyLoadBalancingStrategy<L> {
    loads: Vec<f64>,
    load: L,
}

impl<L: Fn(&DeviceOp<'_>) -> Result<f64>> GreedyLoadBalancingStrategy<L> {
    /// Among so many tasks, by the load that `load` gives each op: [`byte_size_load_fn`], or a function of one's own.
    pub fn new(tasks: u32, load: L) -> Self {
        GreedyLoadBalancingStrategy { loads: vec![0.0; tasks as usize], load }
    }

    /// The load of each task so far.
    pub fn loads(&self) -> &[f64] {
        &self.loads
    }
}

impl<L: Fn(&DeviceOp<'_>) -> Result<f64> + Send> PlacementStrategy for GreedyLoadBalancingStrategy<L> {
    fn task(&mut self, op: &DeviceOp<'_>) -> Result<u32> {
        let least =
            (0..self.loads.len()).min_by(|&a, &b| self.loads[a].total_cmp(&self.loads[b])).ok_or_else(no_tasks)?;
        self.loads[least] += (self.load)(op)?;
        Ok(least as u32)
    }
}

/// The bytes of an op's output, as the load of the task that holds it.
///
/// TensorFlow: `tf.contrib.training.byte_size_load_fn`.
///
/// # Errors
/// E-LOAD for an op that has not one output, or one whose shape is not known.
pub fn byte_size_load_fn(op: &DeviceOp<'_>) -> Result<f64> {
    let refused = |why: &str| {
        let text = format!(
            "the bytes of `{}` ({}) are not known: {why}\n  help: give the strategy a load function of your own that knows this op",
            op.name(),
            op.type_name()
        );
        Err(Error::new(Status::InvalidArgument, "E-LOAD", text))
    };
    let [output] = op.outputs() else { return refused(&format!("it has {} outputs", op.outputs().len())) };
    match output.bytes() {
        Some(bytes) => Ok(bytes as f64),
        None => refused(&format!("its output is {output}")),
    }
}
