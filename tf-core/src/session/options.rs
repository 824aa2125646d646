//! [`SessionOptions`]: how a session runs.

use crate::error::{Error, Result, Status};
use tf_kernels::conv2d::Precision;

/// More threads than this are a slip.
const MOST_THREADS: usize = 4096;

/// How a session runs: on which devices, and what it looks at on the way.
#[derive(Clone, Copy, Debug)]
pub struct SessionOptions {
    pub(crate) check_numerics: bool,
    pub(super) cpu_devices: u16,
    pub(crate) precision: Precision,
    pub(super) soft_placement: bool,
    pub(super) branches: bool,
    threads: usize,
}

impl Default for SessionOptions {
    fn default() -> Self {
        SessionOptions {
            check_numerics: false,
            cpu_devices: 1,
            precision: Precision::Default,
            soft_placement: false,
            branches: true,
            threads: 0,
        }
    }
}

impl SessionOptions {
    /// Whether ops run on the thread that calls, and on no other.
    pub(crate) fn is_alone(&self) -> bool {
        self.threads == 1
    }

    /// The threads that a session has of its own.
    pub(super) fn pool(&self) -> Result<Option<rayon::ThreadPool>> {
        // A single one is the thread that calls.
        if self.threads <= 1 {
            return Ok(None);
        }
        let refused = |why: &str| {
            let says = format!(
                "a session cannot have {} threads of its own: {why}\n  help: ask for about as many as there are processors, or leave `threads` out",
                self.threads
            );
            Error::new(Status::InvalidArgument, "E-THREADS", says)
        };
        if self.threads > MOST_THREADS {
            return Err(refused("that is more than any machine is helped by"));
        }
        let made = rayon::ThreadPoolBuilder::new().num_threads(self.threads).build();
        made.map(Some).map_err(|error| refused(&error.to_string()))
    }

    /// The usual way: one device, `/cpu:0`, and a request for another is an error.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether each computed value is checked for NaN and infinity: the first op to yield one is named with its scope and
    /// source line. TensorFlow: `tf.add_check_numerics_ops`.
    pub fn check_numerics(mut self, check: bool) -> Self {
        self.check_numerics = check;
        self
    }

    /// So many logical CPUs, `/cpu:0` and on: ops and variables are placed on them as their `device` scopes ask, and values cross
    /// between them in steps of their own, which [`Session::run_traced`](crate::Session::run_traced) shows. TensorFlow:
    /// `ConfigProto(device_count={"CPU": n})`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, SessionOptions, Store, constant, device};
    /// let graph = Graph::new();
    /// let y = graph.build(|| {
    ///     let x = device("/cpu:0", || constant([1.0f32, 2.0]));
    ///     device("/cpu:1", || x * 2.0)
    /// })?;
    /// let session = Session::with_options(&graph, &Store::new(), SessionOptions::new().cpu_devices(2))?;
    /// let (y, trace) = session.run_traced(y, &[])?;
    /// assert_eq!(y.as_slice(), Some(&[2.0, 4.0][..]));
    /// assert_eq!(trace.transfers().map(|step| step.bytes).collect::<Vec<_>>(), [8]);
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn cpu_devices(mut self, count: u16) -> Self {
        self.cpu_devices = count;
        self
    }

    /// How much rounding convolutions of `f32`, and their gradients, may add for speed; [`Precision`] has the bounds.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Precision, Session, SessionOptions, Store, nn, ones};
    /// let graph = Graph::new();
    /// let y = graph.build(|| {
    ///     let (images, filter) = (ones::<f32, _>([1, 28, 28, 32]), ones::<f32, _>([5, 5, 32, 32]));
    ///     nn::conv2d(images, filter, [1, 1], nn::Padding::Same)
    /// })?;
    /// let options = SessionOptions::new().precision(Precision::Exact);
    /// let y = Session::with_options(&graph, &Store::new(), options)?.run(y)?;
    /// assert_eq!(y[[0, 14, 14, 0]], 25.0 * 32.0);
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// Whether what is wanted on a device that the session does not have goes to `/cpu:0`; another job or task stays an error.
    /// TensorFlow: `ConfigProto(allow_soft_placement=True)`.
    pub fn soft_placement(mut self, soft: bool) -> Self {
        self.soft_placement = soft;
        self
    }

    /// Whether threads take branches that need nothing of each other side by side where that is estimated to save time: towers of many
    /// small ops, each too small to be shared out by itself. So it is if nothing is said; values are the same bits either way. With `false`
    /// ops follow each other always. TensorFlow: `ConfigProto(inter_op_parallelism_threads=1)` for `false`.
    pub fn branches(mut self, branches: bool) -> Self {
        self.branches = branches;
        self
    }

    /// How many threads an op may use; 0, as where nothing is said, for those of the whole process (one for each processor, or what
    /// `RAYON_NUM_THREADS` says). A session that has its own runs its ops on them; with 1 it runs them on the thread that calls, which is best
    /// where many threads have requests of their own. TensorFlow:
    /// `ConfigProto(intra_op_parallelism_threads=n)`.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }
}
