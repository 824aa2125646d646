//! Where a session takes its steps: listings and traces.

use super::{Asked, Feed, Fetch, Fetched, Session};
use crate::{
    engine::{
        placer::place,
        trace::{RunTrace, Tracing},
    },
    error::Result,
    placement::DeviceSpec,
};
use std::fmt;

/// Where an op of a session's graph runs. `Display` shows it as TensorFlow's log does: `v/Assign: (AssignVariableOp): /job:..`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Placement {
    /// The op's name in the graph.
    pub name: String,
    /// TensorFlow's name of the op type.
    pub op: &'static str,
    /// The device it is wanted on.
    pub requested: DeviceSpec,
    /// The device it runs on.
    pub device: DeviceSpec,
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ({}): {}", self.name, self.op, self.device)
    }
}

impl Session {
    /// [`run_with`](Session::run_with), and what it did: every step with its device, and every value that crossed to another.
    /// TensorFlow: `RunOptions(trace_level=FULL_TRACE)`.
    ///
    /// # Errors
    /// Those of [`run_with`](Session::run_with).
    pub fn run_traced<F: Fetch>(&self, fetches: F, feeds: &[Feed]) -> Result<(F::Output, RunTrace)> {
        let mut asked = Asked::new();
        fetches.targets(&mut asked.targets);
        let mut tracing = Tracing::new(&self.0.devices);
        let ran = self.0.run_targets(&mut asked, feeds, Some(&mut tracing))?;
        Ok((fetches.collect(&mut Fetched(ran))?, tracing.trace))
    }

    /// The devices of the session, by their whole names.
    pub fn devices(&self) -> Vec<DeviceSpec> {
        self.0.devices.iter().cloned().collect()
    }

    /// The device of every op of the graph, in the order they were made. TensorFlow: `ConfigProto(log_device_placement=True)`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, constant, device};
    /// let graph = Graph::new();
    /// graph.build(|| device("/cpu:0", || constant(1.0f32)))?;
    /// let placements = Session::new(&graph)?.placements()?;
    /// assert_eq!(placements[0].to_string(), "Const: (Const): /job:localhost/replica:0/task:0/device:CPU:0");
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// E-DEVICE-MISSING, E-DEVICE-COLOCATION: here for all ops of the graph, where a run asks only for those it needs.
    pub fn placements(&self) -> Result<Vec<Placement>> {
        let state = self.0.graph.state();
        let nodes = (0..state.nodes.len() as u32).filter(|&node| !state.nodes[node as usize].is_discarded());
        let placed = place(&state, nodes.clone(), &self.0.devices, self.0.options.soft_placement)?;
        let placement = |node: u32| {
            let found = &state.nodes[node as usize];
            Placement {
                name: found.name.to_string(),
                op: found.op.type_name(),
                requested: (**found.device()).clone(),
                device: self.0.devices.spec(placed.device(node)).clone(),
            }
        };
        Ok(nodes.map(placement).collect())
    }
}
