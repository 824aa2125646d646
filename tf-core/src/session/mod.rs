//! Sessions: run parts of a graph, on values that a store holds.
//!
//! | file | what it holds |
//! |---|---|
//! | this one | [`Session`], running |
//! | `asked` | what a run is asked for, in memory kept between runs |
//! | `fetch` | what can be asked for, and fed |
//! | `targets` | what that means in the graph |
//! | `options` | how a session runs |
//! | `memory` | what memory its runs take |
//! | `placement` | on which devices it takes its steps: listings and traces |
//! | `starting` | giving variables their initial values |
//! | `default_session` | the default session, and what runs in it or in a given one |

mod asked;
mod default_session;
mod fetch;
mod memory;
mod options;
mod placement;
mod starting;
mod targets;

pub(crate) use asked::Asked;

pub use crate::engine::trace::{RunTrace, TracedStep};
pub use default_session::{DefaultSession, InSession};
pub use fetch::{Feed, Fetch, Fetched, Target};
pub use memory::RunMemory;
pub use options::SessionOptions;
pub use placement::Placement;

use crate::{
    dtype::Element,
    engine::{
        buffers::Buffers,
        devices::Devices,
        execute::{Surroundings, execute},
        feeding::Given,
        plan::{Care, Plan, Signature},
        run::{Cells, Streams},
        trace::Tracing,
        workspace::Ran,
    },
    error::{Error, Result, Status},
    graph::{Graph, node::Operation},
    server::Server,
    shape::MAX_RANK,
    store::{Cell, Store},
    tensor::Variable,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

/// Runs parts of a graph. [`run`](Session::run) takes `&self` and may be called from many threads.
///
/// A session plans each combination of fetches and feeds once. A graph may grow after a session was made on it. Cloning gives
/// another handle of the same session.
/// The TensorFlow symbol is `tf.Session`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, constant};
/// let graph = Graph::new();
/// let (a, b) = graph.build(|| (constant(2.0f32), constant([1, 2])))?;
/// let session = Session::new(&graph)?;
/// let (a, b) = session.run((a, b))?;
/// assert_eq!((a[[]], b[[1]]), (2.0, 2));
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Clone)]
pub struct Session(Arc<Shared>);

struct Shared {
    graph: Graph,
    server: Server,
    /// The values of variables in no container.
    store: Store,
    cells: RwLock<Found>,
    plans: RwLock<HashMap<Signature, Arc<Plan>>>,
    streams: Streams,
    options: SessionOptions,
    devices: Devices,
    /// The threads of its own, if it has some.
    threads: Option<rayon::ThreadPool>,
    closed: AtomicBool,
}

/// The cells of the graph's variables, by number, and how often stores had been emptied when they were found.
#[derive(Default)]
struct Found {
    /// As many as the graph had variables then.
    of: Arc<Cells>,
    cleared: u64,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("graph", &self.0.graph)
            .field("options", &self.0.options)
            .finish_non_exhaustive()
    }
}

/// How far a random op has drawn, in blocks of its stream, and the two seeds of that.
pub(crate) type StreamPosition = [u64; 3];

/// A random op that cannot go on from where one of its name was.
pub(crate) enum NoStream {
    Missing(String),
    OtherSeeds(String),
}

impl Session {
    /// A session with values of its own.
    ///
    /// # Errors
    /// None: values of its own cannot be at odds with the graph, as those of [`Session::with_store`] can. Mistakes in a graph are returned
    /// by [`Graph::build`].
    pub fn new(graph: &Graph) -> Result<Session> {
        Session::with_server(graph, &Server::new())
    }

    /// A session on values that other sessions may hold too.
    ///
    /// # Errors
    /// E-STORE-SPEC if the store has a variable of the graph with another type or shape.
    pub fn with_store(graph: &Graph, store: &Store) -> Result<Session> {
        Session::with_options(graph, store, SessionOptions::default())
    }

    /// A session on the values of a server: those that other sessions on it see too, and that stay when it is closed.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Server, Session, VariableOptions, get_variable};
    /// let graph = Graph::new();
    /// let (v, update) = graph.build(|| {
    ///     let v = get_variable::<i64, _, _>("v", [], VariableOptions::new());
    ///     (v, v.assign_add(1))
    /// })?;
    /// let server = Server::new();
    /// let first = Session::with_server(&graph, &server)?;
    /// first.initialize()?;
    /// first.run(update)?;
    /// first.close();
    /// assert_eq!(Session::with_server(&graph, &server)?.run(v)?[[]], 1);
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// E-STORE-SPEC if the server has a variable of the graph with another type or shape.
    pub fn with_server(graph: &Graph, server: &Server) -> Result<Session> {
        Session::with_options(graph, server, SessionOptions::default())
    }

    /// A session on these values, of a [`Store`] or a [`Server`], that runs in this way.
    ///
    /// # Errors
    /// E-STORE-SPEC if there is a variable of the graph with another type or shape, E-DEVICE-NONE if there is no device, E-THREADS if the
    /// system refuses so many threads.
    pub fn with_options(graph: &Graph, values: impl Into<Server>, options: SessionOptions) -> Result<Session> {
        if options.cpu_devices == 0 {
            return Err(Error::new(
                Status::InvalidArgument,
                "E-DEVICE-NONE",
                "a session is to have no device\n  help: give it one CPU or more: `SessionOptions::new().cpu_devices(1)`",
            ));
        }
        let server = values.into();
        let session = Session(Arc::new(Shared {
            graph: graph.clone(),
            store: server.container(""),
            server,
            cells: RwLock::default(),
            plans: RwLock::default(),
            streams: Streams::default(),
            options,
            devices: Devices::cpus(options.cpu_devices),
            threads: options.pool()?,
            closed: AtomicBool::new(false),
        }));
        session.0.find_cells()?;
        Ok(session)
    }

    /// The graph it runs.
    pub fn graph(&self) -> &Graph {
        &self.0.graph
    }

    /// The values of the variables, but for those of graphs with [`container`](crate::container)s.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The values of the container that a variable of the graph is in; those without containers for a name that no variable has.
    pub(crate) fn store_of(&self, variable: &str) -> Store {
        let state = self.0.graph.state();
        let found = state.variables.iter().find(|known| *known.name == *variable);
        found.map_or_else(|| self.0.store.clone(), |known| self.0.server.container(&known.container))
    }

    /// How it runs.
    pub fn options(&self) -> SessionOptions {
        self.0.options
    }

    /// The containers of values that it runs on.
    pub fn server(&self) -> &Server {
        &self.0.server
    }

    /// Computes what is asked for: a tensor, a variable, an operation, a name, or tuples, arrays, vectors and maps of those.
    ///
    /// # Errors
    /// E-UNFED, E-UNINITIALIZED, E-CLOSED, E-GRAPH-MIXED, E-NO-TENSOR, and what ops refuse at run time.
    pub fn run<F: Fetch>(&self, fetches: F) -> Result<F::Output> {
        self.run_with(fetches, &[])
    }

    /// [`run`](Session::run) with values for placeholders, or in place of any other tensor: `&[x.feed(&array)]`.
    ///
    /// # Errors
    /// Those of [`run`](Session::run), and E-FEED-SHAPE, E-FEED-TWICE, E-FEED-CHANGED, E-RANK-LIMIT.
    pub fn run_with<F: Fetch>(&self, fetches: F, feeds: &[Feed]) -> Result<F::Output> {
        let mut asked = Asked::new();
        fetches.targets(&mut asked.targets);
        let ran = self.0.run_targets(&mut asked, feeds, None)?;
        fetches.collect(&mut Fetched(ran))
    }

    /// The plans of its runs so far.
    #[cfg(test)]
    pub(crate) fn plans(&self) -> Vec<Arc<Plan>> {
        self.0.plans.read().unwrap_or_else(|poisoned| poisoned.into_inner()).values().cloned().collect()
    }

    /// Ends the session: further runs are refused. What others hold of its values stays.
    pub fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
    }

    /// How far each random op has drawn, by its name.
    pub(crate) fn streams(&self) -> BTreeMap<String, StreamPosition> {
        let state = self.0.graph.state();
        let streams = self.0.streams.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let drawn = |(&node, &blocks): (&u32, &u64)| {
            let node = &state.nodes[node as usize];
            let (seed, seed2) = node.op.seeds().unwrap_or_default();
            (node.name.to_string(), [blocks, seed, seed2])
        };
        streams.iter().map(drawn).collect()
    }

    /// Has these random ops go on from there.
    ///
    /// # Errors
    /// The op that the graph does not have, or has with other seeds; then nothing is changed.
    pub(crate) fn set_streams(&self, streams: &BTreeMap<String, StreamPosition>) -> Result<(), NoStream> {
        let found = self.find_streams(streams)?;
        self.0.streams.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).extend(found);
        Ok(())
    }

    /// The nodes of these random ops, and how far they have drawn.
    ///
    /// # Errors
    /// The op that the graph does not have, or has with other seeds.
    pub(crate) fn find_streams(
        &self,
        streams: &BTreeMap<String, StreamPosition>,
    ) -> Result<HashMap<u32, u64>, NoStream> {
        let state = self.0.graph.state();
        let mut known = HashMap::new();
        for (node, op) in state.nodes.iter().enumerate().filter(|(_, op)| !op.is_discarded()) {
            if let Some(&[blocks, seed, seed2]) = streams.get(&*op.name) {
                if op.op.seeds().is_some_and(|seeds| seeds != (seed, seed2)) {
                    return Err(NoStream::OtherSeeds(op.name.to_string()));
                }
                known.insert(node as u32, (&*op.name, blocks));
            }
        }
        let found = |name: &str| known.values().any(|(known, _)| *known == name);
        if let Some(missing) = streams.keys().find(|name| !found(name)) {
            return Err(NoStream::Missing(missing.clone()));
        }
        Ok(known.into_iter().map(|(node, (_, blocks))| (node, blocks)).collect())
    }

    /// Runs what is asked for on one value for each of the targets that are `fed`; `handed_out` says whether what is fetched becomes
    /// arrays of the user's.
    pub(crate) fn run_given(
        &self,
        asked: &mut Asked,
        fed: &[Target],
        given: &(impl Given + ?Sized),
        handed_out: bool,
    ) -> Result<Ran> {
        self.0.must_be_open()?;
        let plan = match self.0.known_plan(asked, fed.iter(), given) {
            Some(plan) => plan,
            None => {
                let value = |index| given.value(index, &mut Buffers::default());
                let feed = |(index, target): (usize, &Target)| Feed { target: target.clone(), value: value(index) };
                self.0.plan(&asked.targets, &fed.iter().enumerate().map(feed).collect::<Vec<_>>(), false)?.0
            }
        };
        self.0.execute(plan, given, handed_out, None)
    }
}

impl Shared {
    fn must_be_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(
                Status::FailedPrecondition,
                "E-CLOSED",
                "the session is closed\n  help: run before `close()`, or make a new session on the same values: `Session::with_server(&graph, session.server())`",
            ));
        }
        Ok(())
    }

    fn run_targets(&self, asked: &mut Asked, feeds: &[Feed], tracing: Option<&mut Tracing<'_>>) -> Result<Ran> {
        self.must_be_open()?;
        if tracing.is_none()
            && let Some(plan) = self.known_plan(asked, feeds.iter().map(|feed| &feed.target), feeds)
        {
            return self.execute(plan, feeds, true, None);
        }
        let (plan, cut) = self.plan(&asked.targets, feeds, tracing.is_some())?;
        self.execute(plan, cut.as_deref().unwrap_or(feeds), true, tracing)
    }

    /// The plan of a run like one before, found without a look at the graph, so that no run waits for another there. None if something is
    /// asked for by its name, or if what is fed does not fit: the graph has the words for that.
    fn known_plan<'t>(
        &self,
        asked: &mut Asked,
        fed: impl Iterator<Item = &'t Target>,
        given: &(impl Given + ?Sized),
    ) -> Option<Arc<Plan>> {
        // A failed build takes nodes back that a run may have known.
        if !asked.write_down(self.graph.id(), fed) || self.graph.has_failed_builds() {
            return None;
        }
        let plans = self.plans.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        let plan = plans.get(&asked.signature)?;
        let fits = plan.feed_specs.iter().enumerate().all(|(index, spec)| {
            let (dtype, sizes) = given.spec(index);
            sizes.len() <= MAX_RANK && spec.is_some_and(|spec| spec.dtype == dtype && spec.shape.fits(sizes))
        });
        fits.then(|| plan.clone())
    }

    /// The plan of a run, and its feeds if some of them are cut. A run that is traced is of the ops as they stand in the graph.
    fn plan(&self, targets: &[Target], feeds: &[Feed], traced: bool) -> Result<(Arc<Plan>, Option<Vec<Feed>>)> {
        let (signature, cut) = {
            let state = self.graph.state();
            let cut = targets::cut_feeds(&state, feeds);
            (targets::signature(&state, targets, cut.as_deref().unwrap_or(feeds))?, cut)
        };
        let make = |care| self.new_plan(&signature, care).map(Arc::new);
        if traced {
            return Ok((make(Care::ByItself)?, cut));
        }
        let known = self.plans.read().unwrap_or_else(|poisoned| poisoned.into_inner()).get(&signature).cloned();
        let plan = match known {
            Some(plan) => plan,
            None => {
                let plan = make(Care::Improved)?;
                self.plans.write().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(signature, plan.clone());
                plan
            }
        };
        Ok((plan, cut))
    }

    fn new_plan(&self, signature: &Signature, care: Care) -> Result<Plan> {
        let care = if self.options.check_numerics { Care::ByItself } else { care };
        let mut plan = Plan::new(&self.graph.state(), signature, &self.devices, self.options.soft_placement, care)?;
        plan.may_fork &= self.options.branches && !self.options.is_alone();
        Ok(plan)
    }

    /// Runs operations by a plan that is not kept.
    fn run_once(&self, operations: &[Operation]) -> Result<()> {
        self.must_be_open()?;
        let signature = targets::signature(&self.graph.state(), &targets::of_operations(operations), &[])?;
        let plan = self.new_plan(&signature, Care::Once)?;
        self.execute(Arc::new(plan), &[] as &[Feed], true, None).map(drop)
    }

    fn execute(
        &self,
        plan: Arc<Plan>,
        given: &(impl Given + ?Sized),
        handed_out: bool,
        tracing: Option<&mut Tracing<'_>>,
    ) -> Result<Ran> {
        let cells = self.cells_of(&plan)?;
        let surroundings = Surroundings {
            cells: &cells,
            streams: &self.streams,
            options: &self.options,
            threads: self.threads.as_ref(),
        };
        execute(plan, given, handed_out, &surroundings, tracing)
    }

    /// The cells of the variables that a plan touches.
    fn cells_of(&self, plan: &Plan) -> Result<Arc<Cells>> {
        let cells = self.cells.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        if cells.cleared == Store::cleared()
            && plan.variables.iter().all(|&variable| cell(&cells.of, variable).is_some())
        {
            return Ok(cells.of.clone());
        }
        drop(cells);
        self.find_cells()
    }

    /// The cell of one variable, or those of its parts; and its name.
    fn cells_of_variable<T: Element>(&self, variable: &Variable<T>) -> Result<(Vec<Arc<Cell>>, Arc<str>)> {
        self.must_be_open()?;
        let (indices, name) = {
            let state = self.graph.state();
            let index = targets::variable(&state, variable)? as usize;
            let parts = state.parts_of(index);
            let indices = if parts.is_empty() { vec![index] } else { parts };
            (indices, state.variables[index].name.clone())
        };
        let cells = self.find_cells()?;
        let found = |&index: &usize| cell(&cells, index as u32).expect("a variable of the graph has a cell").clone();
        Ok((indices.iter().map(found).collect(), name))
    }

    /// Finds the cells of the variables that the graph has now: those that are new, or all after a container was reset.
    fn find_cells(&self) -> Result<Arc<Cells>> {
        let state = self.graph.state();
        let mut cells = self.cells.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        let cleared = Store::cleared();
        let mut of = if cells.cleared == cleared { Cells::clone(&cells.of) } else { Cells::new() };
        of.truncate(state.variables.len());
        // Neighbours are mostly in one container.
        let mut container: Option<(&Arc<str>, Store)> = None;
        for variable in state.variables.iter().skip(of.len()) {
            if variable.partition.is_some() {
                of.push(None);
                continue;
            }
            let store = match container.take() {
                Some((name, store)) if *name == variable.container => store,
                _ => self.server.container(&variable.container),
            };
            of.push(Some(store.cell(&variable.name, variable.spec, variable.part_of.as_ref())?));
            container = Some((&variable.container, store));
        }
        *cells = Found { of: Arc::new(of), cleared };
        Ok(cells.of.clone())
    }
}

fn cell(cells: &Cells, variable: u32) -> Option<&Arc<Cell>> {
    cells.get(variable as usize)?.as_ref()
}
