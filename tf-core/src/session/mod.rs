//! Sessions: run parts of a graph, on values that a store holds.

mod fetch;

pub use fetch::{Feed, Fetch, Target};

use crate::{
    engine::{
        execute::execute,
        plan::{Plan, Signature},
        run::Streams,
    },
    error::{Error, Result, Status},
    graph::{Graph, State, node::Operation, orphan_error},
    shape::MAX_RANK,
    spec::Spec,
    store::{Cell, Store, nearest},
    tensor::NO_NODE,
    value::Value,
};
use std::{
    collections::HashMap,
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

/// Runs parts of a graph. [`run`](Session::run) takes `&self` and may be called from many threads.
///
/// A session plans each combination of fetches and feeds once. A graph may grow after a session was made on it.
/// The TensorFlow symbol is `tf.Session`.
///
/// ```
/// use tf_core::{Graph, Session, constant};
/// let graph = Graph::new();
/// let (a, b) = graph.build(|| (constant(2.0f32), constant([1, 2])))?;
/// let session = Session::new(&graph)?;
/// let (a, b) = session.run((a, b))?;
/// assert_eq!((a[[]], b[[1]]), (2.0, 2));
/// # Ok::<(), tf_core::Error>(())
/// ```
pub struct Session {
    graph: Graph,
    store: Store,
    cells: RwLock<HashMap<u32, Arc<Cell>>>,
    plans: RwLock<HashMap<Signature, Arc<Plan>>>,
    streams: Streams,
    options: SessionOptions,
    closed: AtomicBool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("graph", &self.graph).field("options", &self.options).finish_non_exhaustive()
    }
}

/// How a session runs.
#[derive(Clone, Copy, Default, Debug)]
pub struct SessionOptions {
    check_numerics: bool,
}

impl SessionOptions {
    /// The usual way.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether each computed value is checked for NaN and infinity: the first op to yield one is named with its scope and
    /// source line. TensorFlow: `tf.add_check_numerics_ops`.
    pub fn check_numerics(mut self, check: bool) -> Self {
        self.check_numerics = check;
        self
    }
}

impl Session {
    /// A session with a store of its own.
    ///
    /// # Errors
    /// None today; mistakes in a graph are returned by [`Graph::build`].
    pub fn new(graph: &Graph) -> Result<Session> {
        Session::with_store(graph, &Store::new())
    }

    /// A session on values that other sessions may hold too.
    ///
    /// # Errors
    /// E-STORE-SPEC if the store has a variable of the graph with another type or shape.
    pub fn with_store(graph: &Graph, store: &Store) -> Result<Session> {
        Session::with_options(graph, store, SessionOptions::default())
    }

    /// A session on these values that runs in this way.
    ///
    /// # Errors
    /// E-STORE-SPEC if the store has a variable of the graph with another type or shape.
    pub fn with_options(graph: &Graph, store: &Store, options: SessionOptions) -> Result<Session> {
        let session = Session {
            graph: graph.clone(),
            store: store.clone(),
            cells: RwLock::default(),
            plans: RwLock::default(),
            streams: Streams::default(),
            options,
            closed: AtomicBool::new(false),
        };
        session.cells()?;
        Ok(session)
    }

    /// The graph it runs.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The values of the variables.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Computes what is asked for: a tensor, a variable, an operation, a name, or tuples, arrays and vectors of those.
    ///
    /// # Errors
    /// E-UNFED, E-UNINITIALIZED, E-CLOSED, E-GRAPH-MIXED, E-NO-TENSOR, and what ops refuse at run time.
    pub fn run<F: Fetch>(&self, fetches: F) -> Result<F::Output> {
        self.run_with(fetches, &[])
    }

    /// [`run`](Session::run) with values for placeholders, or in place of any other tensor: `&[x.feed(&array)]`.
    ///
    /// # Errors
    /// Those of [`run`](Session::run), and E-FEED-SHAPE, E-FEED-TWICE, E-RANK-LIMIT.
    pub fn run_with<F: Fetch>(&self, fetches: F, feeds: &[Feed]) -> Result<F::Output> {
        let mut targets = Vec::new();
        fetches.targets(&mut targets);
        let mut values = self.run_targets(&targets, feeds)?.into_iter();
        fetches.collect(&mut values)
    }

    /// Gives every variable its initial value, in an order in which each comes after those it depends on.
    ///
    /// # Errors
    /// What the initializers refuse at run time.
    pub fn initialize(&self) -> Result<()> {
        let operations: Vec<Operation> = {
            let state = self.graph.state();
            let of = |node| Operation { graph: state.id, node };
            state.variables.iter().filter_map(|variable| variable.initializer.map(of)).collect()
        };
        self.run(operations).map(|_| ())
    }

    /// Ends the session: further runs are refused. What others hold of its store stays.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub(crate) fn run_targets(&self, targets: &[Target], feeds: &[Feed]) -> Result<Vec<Option<Value>>> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(
                Status::FailedPrecondition,
                "E-CLOSED",
                "the session is closed\n  help: run before `close()`, or make a new session on the same store: `Session::with_store(&graph, session.store())`",
            ));
        }
        let signature = self.signature(targets, feeds)?;
        let known = self.plans.read().unwrap_or_else(|poisoned| poisoned.into_inner()).get(&signature).cloned();
        let plan = match known {
            Some(plan) => plan,
            None => {
                let plan = Arc::new(Plan::new(&self.graph.state(), &signature)?);
                self.plans.write().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(signature, plan.clone());
                plan
            }
        };
        let cells = self.cells.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        let fed = feeds.iter().map(|feed| feed.value.clone()).collect();
        if plan.variables.iter().all(|variable| cells.contains_key(variable)) {
            return execute(&plan, fed, &cells, &self.streams, self.options.check_numerics);
        }
        drop(cells);
        self.cells()?;
        let cells = self.cells.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        execute(&plan, fed, &cells, &self.streams, self.options.check_numerics)
    }

    /// Finds the cells of the variables that the graph has now.
    fn cells(&self) -> Result<()> {
        let state = self.graph.state();
        let mut cells = self.cells.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        for (index, variable) in state.variables.iter().enumerate().skip(cells.len()) {
            cells.insert(index as u32, self.store.cell(&variable.name, variable.spec)?);
        }
        Ok(())
    }

    fn signature(&self, targets: &[Target], feeds: &[Feed]) -> Result<Signature> {
        let state = self.graph.state();
        let fetches = targets.iter().map(|target| resolve(&state, target)).collect::<Result<Vec<_>>>()?;
        let mut given: Vec<(u32, u16)> = Vec::with_capacity(feeds.len());
        for feed in feeds {
            let (node, output) = resolve(&state, &feed.target)?;
            let key = (node, output.unwrap_or(0));
            if given.contains(&key) {
                let name = &state.nodes[node as usize].name;
                return Err(Error::new(
                    Status::InvalidArgument,
                    "E-FEED-TWICE",
                    format!("`{name}` is fed twice\n  help: leave one of the feeds out"),
                ));
            }
            let found = &state.nodes[node as usize];
            let rank = feed.value.shape().len();
            if rank > MAX_RANK {
                return Err(Error::new(
                    Status::InvalidArgument,
                    "E-RANK-LIMIT",
                    format!(
                        "`{}` is fed an array of {rank} dimensions, and eight are the most\n  help: join dimensions of the array before it is fed",
                        found.name
                    ),
                )
                .at_node(&found.name)
                .at(found.at));
            }
            let spec = found
                .outputs
                .get(key.1 as usize)
                .copied()
                .unwrap_or(Spec::new(feed.value.dtype(), crate::Shape::UNKNOWN));
            if feed.value.dtype() != spec.dtype || !spec.shape.fits(feed.value.shape()) {
                return Err(Error::new(
                    Status::InvalidArgument,
                    "E-FEED-SHAPE",
                    format!(
                        "`{}` is {spec}, and is fed {}{:?}\n  help: feed an array of that type and shape",
                        found.name,
                        feed.value.dtype(),
                        feed.value.shape()
                    ),
                )
                .at_node(&found.name)
                .at(found.at));
            }
            given.push(key);
        }
        Ok(Signature { fetches, feeds: given })
    }
}

/// The node and output that a target means in this graph.
fn resolve(state: &State, target: &Target) -> Result<(u32, Option<u16>)> {
    match target {
        Target::Name(name) => {
            let (op, output) = match name.rsplit_once(':') {
                Some((op, output)) => (op, output.parse().unwrap_or(u16::MAX)),
                None => (name.as_str(), 0),
            };
            let found = state.nodes.iter().position(|node| node.name == op && (output as usize) < node.outputs.len());
            found.map(|node| (node as u32, Some(output))).ok_or_else(|| {
                let near = nearest(
                    op,
                    state.nodes.iter().filter(|node| !node.outputs.is_empty()).map(|node| node.name.as_str()),
                );
                let hint =
                    near.map_or_else(|| "the graph is empty".to_owned(), |near| format!("did you mean `{near}`?"));
                Error::new(Status::NotFound, "E-NO-TENSOR", format!("the graph has no tensor `{name}`\n  help: {hint}"))
            })
        }
        &Target::Node { graph, node, output } => {
            if let Some(error) = orphan_error(graph, node) {
                return Err(error);
            }
            if node == NO_NODE || state.is_foreign(graph, node) {
                return Err(Error::new(
                    Status::InvalidArgument,
                    "E-GRAPH-MIXED",
                    "what is asked for, or fed, belongs to another graph than the session's, or to a build that failed\n  help: make the session on the graph that it was built in",
                ));
            }
            Ok((node, output))
        }
    }
}
