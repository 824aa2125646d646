//! [`ClusterSpec`]: the jobs of a cluster, their tasks and addresses.

use crate::{
    error::{Error, Result, Status},
    store::nearest,
};
use std::collections::BTreeMap;

/// The jobs of a cluster in the order they were given, each with the addresses of its tasks.
///
/// The TensorFlow symbol is `tf.train.ClusterSpec`.
///
/// ```
/// # use tf_core as tf;
/// use tf::ClusterSpec;
/// let cluster = ClusterSpec::new()
///     .job("ps", ["ps0:2222", "ps1:2222"])
///     .job("worker", ["worker0:2222", "worker1:2222", "worker2:2222"]);
/// assert_eq!(cluster.jobs(), ["ps", "worker"]);
/// assert_eq!((cluster.num_tasks("worker")?, cluster.task_address("ps", 1)?), (3, "ps1:2222"));
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClusterSpec(Vec<(String, BTreeMap<u32, String>)>);

impl ClusterSpec {
    /// No jobs.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a job whose tasks are numbered from 0; it replaces one of that name.
    pub fn job<A: Into<String>>(self, name: &str, addresses: impl IntoIterator<Item = A>) -> Self {
        self.sparse_job(name, (0..).zip(addresses))
    }

    /// With a job of which only some tasks are known, by their numbers; it replaces one of that name.
    pub fn sparse_job<A: Into<String>>(mut self, name: &str, tasks: impl IntoIterator<Item = (u32, A)>) -> Self {
        let tasks = tasks.into_iter().map(|(index, address)| (index, address.into())).collect();
        match self.0.iter_mut().find(|(job, _)| job == name) {
            Some((_, known)) => *known = tasks,
            None => self.0.push((name.to_owned(), tasks)),
        }
        self
    }

    /// The names of the jobs.
    pub fn jobs(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// Whether there is no job.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of tasks of a job.
    ///
    /// # Errors
    /// E-CLUSTER-JOB.
    pub fn num_tasks(&self, job: &str) -> Result<usize> {
        self.tasks(job).map(BTreeMap::len)
    }

    /// The numbers of a job's tasks, in order.
    ///
    /// # Errors
    /// E-CLUSTER-JOB.
    pub fn task_indices(&self, job: &str) -> Result<Vec<u32>> {
        Ok(self.tasks(job)?.keys().copied().collect())
    }

    /// The address of a task.
    ///
    /// # Errors
    /// E-CLUSTER-JOB, E-CLUSTER-TASK.
    pub fn task_address(&self, job: &str, task: u32) -> Result<&str> {
        let tasks = self.tasks(job)?;
        tasks.get(&task).map(String::as_str).ok_or_else(|| {
            let known: Vec<String> = tasks.keys().map(u32::to_string).collect();
            let known = if known.is_empty() { "no task".to_owned() } else { format!("the tasks {}", known.join(", ")) };
            Error::new(
                Status::NotFound,
                "E-CLUSTER-TASK",
                format!("job `{job}` of the cluster has no task {task}\n  help: it has {known}; tasks count from 0"),
            )
        })
    }

    /// The addresses of a job by the numbers of its tasks; `None` for a number that is left out.
    ///
    /// # Errors
    /// E-CLUSTER-JOB.
    pub fn job_tasks(&self, job: &str) -> Result<Vec<Option<&str>>> {
        let tasks = self.tasks(job)?;
        let end = tasks.keys().next_back().map_or(0, |last| last + 1);
        Ok((0..end).map(|index| tasks.get(&index).map(String::as_str)).collect())
    }

    fn tasks(&self, job: &str) -> Result<&BTreeMap<u32, String>> {
        self.0.iter().find(|(name, _)| name == job).map(|(_, tasks)| tasks).ok_or_else(|| {
            let hint = nearest(job, self.jobs().into_iter())
                .map_or_else(|| "the cluster has no jobs".to_owned(), |near| format!("did you mean `{near}`?"));
            Error::new(Status::NotFound, "E-CLUSTER-JOB", format!("the cluster has no job `{job}`\n  help: {hint}"))
        })
    }
}
