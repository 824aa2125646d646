//! What memory the runs of a session take: [`RunMemory`].

use super::Session;
use std::fmt;

/// The memory of the values that a run computes, and copies of what it is fed by reference. The values of variables are not among it, nor
/// what a kernel needs for itself while it runs.
///
/// From [`Session::memory`]. `Display` shows it in a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunMemory {
    /// What the run is asked for, by the names of the ops.
    pub fetches: Vec<String>,
    /// The sizes of what it is fed.
    pub fed: Vec<Vec<usize>>,
    /// Bytes that the run takes: each value has its place in memory planned, which others have before and after it.
    pub peak: usize,
    /// Bytes of the values that are needed at the same time, where they are most: no run can take less.
    pub lower_bound: usize,
    /// Bytes of all values: what the run would take if no memory was used again.
    pub without_reuse: usize,
    /// How many values there are.
    pub values: usize,
    /// How many pieces of memory they lie in.
    pub buffers: usize,
}

impl fmt::Display for RunMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RunMemory { fetches, fed, peak, lower_bound, without_reuse, values, buffers } = self;
        write!(
            f,
            "{} of {fed:?}: {peak} bytes in {buffers} buffers, {lower_bound} of them needed at the same time; {without_reuse} bytes in {values} values",
            fetches.join(", "),
        )
    }
}

impl Session {
    /// The memory of each run so far: of each combination of fetches, feeds and the sizes of what is fed, since memory is planned for
    /// each of them, from what its first run needed. In the order in which they were first run, as far as it is known.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{ANY, Graph, Session, nn, ones, placeholder};
    /// let graph = Graph::new();
    /// let (x, y) = graph.build(|| {
    ///     let x = placeholder::<f32, _>("x", [ANY, 3]);
    ///     (x, nn::softmax(nn::softmax(nn::softmax(nn::softmax(x)))))
    /// })?;
    /// let session = Session::new(&graph)?;
    /// session.run_with(y.op(), &[x.feed(ndarray::arr2(&[[1.0f32, 2.0, 3.0]]))])?;
    /// let memory = &session.memory()[0];
    /// assert_eq!((memory.values, memory.without_reuse), (4, 4 * 12));
    /// assert_eq!((memory.buffers, memory.peak, memory.lower_bound), (2, 24, 24));
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn memory(&self) -> Vec<RunMemory> {
        let state = self.graph().state();
        let plans = self.0.plans.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut all: Vec<RunMemory> = Vec::new();
        for (signature, plan) in plans.iter() {
            let fetches: Vec<String> =
                signature.fetches.iter().map(|fetch| state.nodes[fetch.0 as usize].name.to_string()).collect();
            all.extend(plan.idle.layouts().into_iter().map(|(fed, layout)| RunMemory {
                fetches: fetches.clone(),
                fed,
                peak: layout.peak,
                lower_bound: layout.bound,
                without_reuse: layout.apart,
                values: layout.values(),
                buffers: layout.buffers.len(),
            }));
        }
        all.sort_by(|a, b| (&a.fetches, &a.fed).cmp(&(&b.fetches, &b.fed)));
        all
    }
}
