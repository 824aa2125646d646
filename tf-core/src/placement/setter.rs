//! `replica_device_setter`: variables on parameter servers, everything else on the workers (V20-V30).

use super::{
    choosing::{Frame, IntoDevice},
    cluster::ClusterSpec,
    spec::DeviceSpec,
    strategies::{PlacementStrategy, RoundRobinStrategy},
};
use crate::error::Result;
use std::sync::{Arc, Mutex, OnceLock};

/// The types of ops that go to parameter servers; this crate makes `VarHandleOp`.
pub const STANDARD_PS_OPS: [&str; 14] = [
    "Variable",
    "VariableV2",
    "AutoReloadVariable",
    "MutableHashTable",
    "MutableHashTableV2",
    "MutableHashTableOfTensors",
    "MutableHashTableOfTensorsV2",
    "MutableDenseHashTable",
    "MutableDenseHashTableV2",
    "VarHandleOp",
    "BoostedTreesEnsembleResourceHandleOp",
    "BoostedTreesQuantileStreamResourceHandleOp",
    "ResourceConditionalAccumulator",
    "DecisionTreeResource",
];

/// A device for [`device`](crate::device) that puts variables on the parameter servers, one after the other, and every other op on the
/// workers.
///
/// The tasks go by the order in which variables are made, over all scopes that take this setter or a clone of it. A
/// setter that knows no parameter servers says `None`, as TensorFlow's: it drops what the scopes around it say. TensorFlow:
/// `tf.train.replica_device_setter`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{ClusterSpec, Graph, VariableOptions, device, get_variable, replica_device_setter};
/// let cluster = ClusterSpec::new().job("ps", ["ps0:2222", "ps1:2222"]).job("worker", ["worker0:2222"]);
/// let graph = Graph::new();
/// let (v, w, y) = graph.build(|| {
///     device(replica_device_setter().cluster(&cluster), || {
///         let v = get_variable::<f32, _, _>("v", [20, 20], VariableOptions::new());
///         let w = get_variable::<f32, _, _>("w", [20], VariableOptions::new());
///         (v, w, v + w)
///     })
/// })?;
/// let device_of = |op| graph.device_of(op).map(|device: tf::DeviceSpec| device.to_string());
/// assert_eq!(device_of(v.into()).as_deref(), Some("/job:ps/task:0"));
/// assert_eq!(device_of(w.into()).as_deref(), Some("/job:ps/task:1"));
/// assert_eq!(device_of(y.op()).as_deref(), Some("/job:worker"));
/// # Ok::<(), tf::Error>(())
/// ```
pub fn replica_device_setter() -> ReplicaDeviceSetter {
    ReplicaDeviceSetter {
        ps_tasks: 0,
        ps_device: "/job:ps".to_owned(),
        worker_device: "/job:worker".to_owned(),
        merge_devices: true,
        cluster: None,
        ps_ops: STANDARD_PS_OPS.map(str::to_owned).to_vec(),
        strategy: Arc::default(),
    }
}

/// What [`replica_device_setter`] makes: its arguments are set one by one.
#[derive(Clone)]
pub struct ReplicaDeviceSetter {
    ps_tasks: u32,
    ps_device: String,
    worker_device: String,
    merge_devices: bool,
    cluster: Option<ClusterSpec>,
    ps_ops: Vec<String>,
    strategy: Strategy,
}

/// The strategy with how far it is, made when the number of tasks is known.
type Strategy = Arc<OnceLock<Mutex<Box<dyn PlacementStrategy>>>>;

impl std::fmt::Debug for ReplicaDeviceSetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReplicaDeviceSetter")
            .field("ps_tasks", &self.ps_tasks)
            .field("ps_device", &self.ps_device)
            .field("worker_device", &self.worker_device)
            .field("merge_devices", &self.merge_devices)
            .field("cluster", &self.cluster)
            .field("ps_ops", &self.ps_ops)
            .finish_non_exhaustive()
    }
}

impl ReplicaDeviceSetter {
    /// The number of parameter servers; a cluster counts them itself.
    pub fn ps_tasks(mut self, tasks: u32) -> Self {
        self.ps_tasks = tasks;
        self
    }

    /// The device of the parameter servers, `/job:ps` if not given; `""` for none.
    pub fn ps_device(mut self, device: impl Into<String>) -> Self {
        self.ps_device = device.into();
        self
    }

    /// The device of everything else, `/job:worker` if not given; `""` for none.
    pub fn worker_device(mut self, device: impl Into<String>) -> Self {
        self.worker_device = device.into();
        self
    }

    /// Whether the device that scopes inside give an op is completed; if not, an op that has any keeps exactly that.
    pub fn merge_devices(mut self, merge: bool) -> Self {
        self.merge_devices = merge;
        self
    }

    /// The cluster whose job of parameter servers is used.
    pub fn cluster(mut self, cluster: &ClusterSpec) -> Self {
        self.cluster = Some(cluster.clone());
        self
    }

    /// The types of ops that go to parameter servers, in place of [`STANDARD_PS_OPS`].
    pub fn ps_ops<O: Into<String>>(mut self, types: impl IntoIterator<Item = O>) -> Self {
        self.ps_ops = types.into_iter().map(Into::into).collect();
        self
    }

    /// How a task is chosen, in place of taking turns.
    pub fn ps_strategy(mut self, strategy: impl PlacementStrategy + 'static) -> Self {
        let strategy: Box<dyn PlacementStrategy> = Box::new(strategy);
        self.strategy = Arc::new(OnceLock::from(Mutex::new(strategy)));
        self
    }

    /// The number of parameter servers that there are.
    fn tasks(&self, ps: &DeviceSpec) -> u32 {
        let Some(cluster) = &self.cluster else { return self.ps_tasks };
        // A job that the cluster does not know has no tasks (V24).
        ps.parts().job.and_then(|job| cluster.num_tasks(job).ok()).unwrap_or(0) as u32
    }
}

impl IntoDevice for ReplicaDeviceSetter {
    fn into_frame(self) -> Result<Frame> {
        let ps: DeviceSpec = self.ps_device.parse()?;
        let worker: DeviceSpec = self.worker_device.parse()?;
        let tasks = self.tasks(&ps);
        if tasks == 0 {
            return Ok(Frame::Clear);
        }
        let ReplicaDeviceSetter { merge_devices, ps_ops, strategy, .. } = self;
        Ok(Frame::Choose(Arc::new(move |op| {
            let found = op.device();
            if !merge_devices && !found.is_empty() {
                return Ok(found.clone());
            }
            if ps.is_empty() || !ps_ops.iter().any(|ps_op| ps_op == op.type_name()) {
                return Ok(worker.merge(found));
            }
            let job = ps.parts().job;
            // A variable that goes to another job takes no turn (V22); one that names its task does (V23).
            if job.is_none() || found.parts().job.is_some_and(|other| job != Some(other)) {
                return Ok(ps.merge(found));
            }
            let strategy = strategy.get_or_init(|| Mutex::new(Box::new(RoundRobinStrategy::new(tasks))));
            let task = strategy.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).task(op)?;
            Ok(ps.clone().task(task).merge(found))
        })))
    }
}

impl IntoDevice for &ReplicaDeviceSetter {
    fn into_frame(self) -> Result<Frame> {
        self.clone().into_frame()
    }
}
