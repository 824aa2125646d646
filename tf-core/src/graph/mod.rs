//! The run-time world: an append-only graph of nodes, built by the same functions that const evaluation checks.
//!
//! | file | what it holds |
//! |---|---|
//! | this one | [`Graph`], building, the current graph, rolling back |
//! | `lock` | one thread at a time builds a graph |
//! | [`node`] | a node, and adding one for an op |
//! | `pieces` | lists of what is large, whose items stay where they are |
//! | [`naming`] | unique names, name scopes |
//! | [`scopes`], `scope_setters` | entering and leaving variable scopes; what their objects are told later |
//! | [`templates`], [`callable`] | functions whose calls share, and calling them |
//! | [`variables`], `variable_nodes` | `get_variable`; the nodes of a new variable |
//! | `variable_reads` | reading variables, and what is asked of them |
//! | `first_values`, [`seeds`] | where initial values and seeds come from |
//! | `partitioned` | variables in parts |
//! | [`getters`] | custom getters |
//! | `regularization`, `cached_reads` | the losses of regularizers; reads that are kept on a device |
//! | [`described`], `adopting` | what is known of variables; those of another graph taken over |
//! | [`initial_values`] | other initial values for variables that exist |
//! | [`containers`] | in which container of a server new variables are |
//! | [`variable_list`] | several variables as one argument |
//! | [`collections`], [`collected`] | named lists of variables and other objects; what they hold |
//! | [`global_step`] | the counter of training steps |
//! | [`views`] | the standard collections, whole and by scope |
//! | [`drawing`] | pictures, as SVG and for Graphviz |
//! | `ways`, [`called`] | the calls of layers and openings of scopes that lead to each call of `get_variable`; noting a call |
//! | `tables` | the growing tables behind the register that both worlds share |

mod adopting;
mod cached_reads;
pub mod callable;
pub mod called;
pub mod collected;
pub mod collections;
pub mod containers;
pub mod described;
pub mod drawing;
mod first_values;
pub mod getters;
pub mod global_step;
pub mod initial_values;
mod lock;
pub mod naming;
pub mod node;
mod partitioned;
mod pieces;
mod regularization;
mod scope_setters;
pub mod scopes;
pub mod seeds;
mod tables;
pub mod templates;
pub mod variable_list;
pub(crate) mod variable_nodes;
mod variable_reads;
pub mod variables;
pub mod views;
mod ways;

use crate::{
    check::SHOWN,
    error::{Error, Result, Status},
    mistake::Mistake,
    placement::scopes::{Unsettled, settle},
    registry::{Filled, Scope},
    shape::Shape,
    tensor::{NO_GRAPH, NO_NODE, Tensor},
    text::Text,
    train::slots::SlotRecord,
};
use node::Node;
use pieces::Pieces;
use std::{
    cell::RefCell,
    panic::Location,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};
use tables::{Registered, Thread, Threads};

/// A graph of ops, to which models are added by [`build`](Graph::build) and which a [`Session`](crate::Session) runs.
///
/// Cloning gives another handle of the same graph. The TensorFlow symbol is `tf.Graph`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, get_variable, VariableOptions, ones_initializer};
/// let graph = Graph::new();
/// let doubled = graph.build(|| {
///     let v = get_variable::<f32, _, _>("v", [2], VariableOptions::new().initializer(ones_initializer()));
///     v + v
/// })?;
/// let session = Session::new(&graph)?;
/// session.initialize()?;
/// assert_eq!(session.run(doubled)?.as_slice(), Some(&[2.0, 2.0][..]));
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Clone)]
pub struct Graph(Arc<Shared>);

struct Shared {
    id: u32,
    /// Whether a build failed, whose nodes are none any more.
    failed: AtomicBool,
    state: Mutex<State>,
}

/// Everything in a graph; behind one lock, which no op holds while another runs.
pub(crate) struct State {
    pub(crate) id: u32,
    pub(crate) nodes: Pieces<Node, 64>,
    pub(crate) names: naming::Names,
    pub(crate) registered: Registered,
    pub(crate) threads: Threads,
    pub(crate) variables: Pieces<described::VariableNodes, 32>,
    /// The custom getters of scopes.
    pub(crate) getters: Vec<getters::Link>,
    /// The initial values that others took the place of, oldest first.
    replaced: Vec<initial_values::Replaced>,
    /// The slots of optimizers and averages.
    pub(crate) slots: Vec<SlotRecord>,
    pub(crate) collections: collections::Collections,
    pub(crate) seed: Option<i64>,
    /// How variables derive their seeds from it.
    pub(crate) derived: seeds::Seeds,
    /// How many random ops took their seed from the graph's.
    pub(crate) seeded: i64,
    pub(crate) mistakes: Vec<Error>,
    /// The new nodes whose devices are found once the graph is no longer locked.
    pub(crate) unsettled: Vec<Unsettled>,
    /// The orphans whose mistake is recorded already.
    pub(crate) orphans: Vec<u32>,
    /// The names of the named dimensions of the model that is being built.
    pub(crate) symbols: &'static [&'static str],
    /// The name of the model whose variables this one reuses; empty for none.
    pub(crate) reuses: &'static str,
}

/// A state to which a failed build returns.
struct Mark {
    nodes: usize,
    names: naming::Marked,
    filled: Filled,
    /// What held in the scopes: `reuse_variables` and its neighbours change those that were there before.
    scopes: Vec<Scope>,
    thread: Option<Thread>,
    variables: usize,
    replaced: usize,
    /// Who shared them: that changes for those that were there before.
    shared: Vec<described::Sites>,
    slots: usize,
    collections: collections::Collections,
    seed: Option<i64>,
    derived: seeds::Seeds,
    seeded: i64,
    mistakes: usize,
    orphans: usize,
}

static NEXT_ID: AtomicU32 = AtomicU32::new(1);
/// Mistakes made with no graph at hand, until a graph meets their tensors.
static ORPHANS: Mutex<Vec<Error>> = Mutex::new(Vec::new());

thread_local! {
    static CURRENT: RefCell<Vec<Graph>> = const { RefCell::new(Vec::new()) };
}

impl Default for Graph {
    fn default() -> Self {
        Self::new()
    }
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Graph {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        Graph(Arc::new(Shared {
            id,
            failed: AtomicBool::new(false),
            state: Mutex::new(State {
                id,
                nodes: Pieces::default(),
                names: naming::Names::default(),
                registered: Registered::new(),
                threads: Threads::default(),
                variables: Pieces::default(),
                getters: Vec::new(),
                replaced: Vec::new(),
                slots: Vec::new(),
                collections: collections::Collections::default(),
                seed: None,
                derived: seeds::Seeds::default(),
                seeded: 0,
                mistakes: Vec::new(),
                unsettled: Vec::new(),
                orphans: Vec::new(),
                symbols: &[],
                reuses: "",
            }),
        }))
    }

    /// The graph that ops are added to in this thread: that of the innermost [`build`](Graph::build).
    pub fn current() -> Option<Graph> {
        CURRENT.with(|stack| stack.borrow().last().cloned())
    }

    /// Builds a part of the graph: what `build` calls adds its ops here.
    ///
    /// Builds in several threads wait for each other; each thread starts at the root scope with counters of its own.
    ///
    /// # Errors
    /// The first mistake made inside, with the further independent ones in [`Error::others`]. The graph is then as it was
    /// before, so a corrected build can be tried again. E-BUILD-CIRCLE where builds of several graphs inside each other would
    /// wait for each other.
    #[track_caller]
    pub fn build<R>(&self, build: impl FnOnce() -> R) -> Result<R> {
        let _one_at_a_time = lock::enter(self.id(), Location::caller())?;
        let mut attempt = Attempt { graph: self, mark: Some(self.state().mark()) };
        CURRENT.with(|stack| stack.borrow_mut().push(self.clone()));
        let result = build();
        let mut state = self.state();
        let from = attempt.mark.as_ref().map_or(0, |mark| mark.mistakes);
        let mistakes = state.mistakes.split_off(from);
        drop(state);
        match Error::first_of(mistakes) {
            None => {
                attempt.mark = None;
                Ok(result)
            }
            Some(error) => Err(error),
        }
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.state().nodes.iter().filter(|node| !node.is_discarded()).count()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sets the seed that random ops without one of their own derive theirs from. TensorFlow: `tf.set_random_seed`.
    pub fn set_random_seed(&self, seed: i64) {
        self.state().seed = Some(seed);
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id
    }

    /// Whether a build of it failed: then nodes that somebody knows may be none any more.
    pub(crate) fn has_failed_builds(&self) -> bool {
        self.0.failed.load(Ordering::Acquire)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A panic inside an op leaves the state whole: every change is made after all that can fail.
        self.0.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl PartialEq for Graph {
    fn eq(&self, other: &Graph) -> bool {
        self.id() == other.id()
    }
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Graph({} nodes)", self.len())
    }
}

/// Takes the graph off the stack when a build ends, and undoes what it did unless it succeeded; also on unwinding.
struct Attempt<'g> {
    graph: &'g Graph,
    mark: Option<Mark>,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        CURRENT.with(|stack| stack.borrow_mut().pop());
        if let Some(mark) = self.mark.take() {
            self.graph.0.failed.store(true, Ordering::Release);
            self.graph.state().roll_back(mark);
        }
    }
}

impl State {
    fn mark(&mut self) -> Mark {
        Mark {
            nodes: self.nodes.len(),
            names: self.names.mark(),
            filled: self.registered.filled,
            scopes: self.registered.scopes().to_vec(),
            thread: self.threads.own().cloned(),
            variables: self.variables.len(),
            replaced: self.replaced.len(),
            shared: self.variables.iter().map(|variable| variable.shared.clone()).collect(),
            slots: self.slots.len(),
            collections: self.collections.clone(),
            seed: self.seed,
            derived: self.derived,
            seeded: self.seeded,
            mistakes: self.mistakes.len(),
            orphans: self.orphans.len(),
        }
    }

    fn roll_back(&mut self, mark: Mark) {
        // The numbers are not used again: a tensor kept from the failed build must not come to mean another node.
        self.nodes.iter_mut().skip(mark.nodes).for_each(Node::discard);
        self.names.roll_back(mark.names);
        self.registered.truncate(mark.filled, &mark.scopes);
        self.threads.set(mark.thread);
        self.restore_initial_values(mark.replaced);
        self.variables.truncate(mark.variables);
        for (variable, shared) in self.variables.iter_mut().zip(mark.shared) {
            variable.shared = shared;
        }
        self.slots.truncate(mark.slots);
        self.collections = mark.collections;
        self.training_follows_the_collection();
        self.seed = mark.seed;
        self.derived = mark.derived;
        self.seeded = mark.seeded;
        self.mistakes.truncate(mark.mistakes);
        self.orphans.truncate(mark.orphans);
        self.unsettled.clear();
    }

    /// What this thread has of its own, made when it first builds here.
    #[inline]
    pub(crate) fn thread(&mut self) -> &mut Thread {
        if self.threads.own().is_none() {
            self.make_thread();
        }
        self.threads.own().expect("it was made")
    }

    #[cold]
    fn make_thread(&mut self) {
        let root = self.registered.new_root();
        self.threads.set(Some(Thread::new(root)));
    }

    /// Records a mistake with its words, place and names.
    pub(crate) fn record(&mut self, mistake: &Mistake<'_>, at: &'static Location<'static>) {
        let path = mistake.variable().map(|name| {
            let (registry, _) = self.registry(0);
            let mut path = Text::new();
            registry.path(registry.cursor.scope, name, &mut path);
            path.as_str().to_string()
        });
        let repeats = mistake.repeats();
        // As many as const evaluation compares with.
        let mut known = self.mistakes.iter().filter(|error| error.may_be_repeated()).take(SHOWN as usize);
        if repeats.is_some() && known.any(|error| error.is_repeat(repeats, at)) {
            // A layer that is called again makes the same mistake again.
            return;
        }
        let status = match mistake {
            Mistake::Share { error: crate::sharing::ShareError::Exists, .. } => Status::AlreadyExists,
            Mistake::Share { error: crate::sharing::ShareError::Missing, .. } => Status::NotFound,
            _ => Status::InvalidArgument,
        };
        let symbols = self.symbols;
        let (registry, _) = self.registry(0);
        let mut text = Text::with_symbols(symbols);
        mistake.text(&registry, &mut text, at);
        let mut scope = Text::new();
        registry.path(registry.cursor.scope, "", &mut scope);
        let mut error =
            Error::new(status, mistake.code(), text.as_str()).at(at).in_scope(scope.as_str()).repeated_as(repeats);
        if let Some(path) = &path {
            error = error.of_variable(path);
        }
        self.mistakes.push(error);
    }
}

/// Calls `f` with the graph being built; without one, records what is missing and yields an orphan.
#[track_caller]
pub(crate) fn with_current<R>(what: &str, f: impl FnOnce(&mut State) -> R) -> Result<R, Orphan> {
    // The graph is not cloned, since this is done for each op. No build begins or ends while its state is locked.
    let made = CURRENT.with_borrow(|stack| {
        let graph = stack.last()?;
        let mut state = graph.state();
        let result = f(&mut state);
        let unsettled = std::mem::take(&mut state.unsettled);
        Some((result, (!unsettled.is_empty()).then(|| (graph.clone(), unsettled))))
    });
    let Some((result, unsettled)) = made else { return Err(Orphan::new(what)) };
    if let Some((graph, nodes)) = unsettled {
        settle(&graph, nodes);
    }
    Ok(result)
}

/// A mistake made with no graph at hand.
#[derive(Clone, Copy)]
pub(crate) struct Orphan(u32);

impl Orphan {
    #[track_caller]
    fn new(what: &str) -> Orphan {
        let error = Error::new(
            Status::FailedPrecondition,
            "E-NO-GRAPH",
            format!("`{what}` is called with no graph being built\n  help: call it inside `graph.build(|| ..)`, or in a layer or model"),
        )
        .at(Location::caller());
        let mut orphans = ORPHANS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        orphans.push(error);
        Orphan(orphans.len() as u32 - 1)
    }

    /// The tensor that carries the mistake to whatever meets it first.
    pub(crate) fn tensor<T>(self) -> Tensor<T> {
        Tensor::new(Shape::POISON, NO_GRAPH, self.0, 0)
    }
}

/// The mistake that a tensor made with no graph carries.
pub(crate) fn orphan_error(graph: u32, node: u32) -> Option<Error> {
    if graph != NO_GRAPH || node == NO_NODE {
        return None;
    }
    ORPHANS.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get(node as usize).cloned()
}
