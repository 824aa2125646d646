//! Templates: a function whose first call creates variables, which every further call shares (the T rows).

use super::{
    Graph, State,
    callable::Callable,
    described::{AnyVariable, VariableNodes},
    node::foreign,
    scopes::{ScopeRequest, default_name, scope, variable_scope},
    with_current,
};
use crate::{
    error::{Error, Status},
    options::collection,
    registry::write_scope,
    tensor::VariableScope,
    text::Text,
};
use std::{
    cell::Cell,
    panic::Location,
    sync::{Mutex, PoisonError},
};

thread_local! {
    /// Where the innermost template that the thread is in was called.
    static CALLED: Cell<Option<&'static Location<'static>>> = const { Cell::new(None) };
}

/// Where the user is, of a place that a `#[track_caller]` function took for its caller's: to one that a template calls, as a layer of the
/// library, that is the trait of functions in the standard library.
pub(crate) fn users_place(at: &'static Location<'static>) -> &'static Location<'static> {
    match CALLED.get() {
        Some(called) if at.file().replace('\\', "/").ends_with("core/src/ops/function.rs") => called,
        _ => at,
    }
}

/// A call of a template, until this is dropped.
struct Called(Option<&'static Location<'static>>);

impl Called {
    fn at(at: &'static Location<'static>) -> Called {
        Called(CALLED.replace(Some(at)))
    }
}

impl Drop for Called {
    fn drop(&mut self) {
        CALLED.set(self.0);
    }
}

/// A function whose first call creates variables, in a scope of its own, and whose further calls share them; made by
/// [`make_template`].
///
/// It may be called from several threads. TensorFlow: what `tf.make_template` returns.
pub struct Template<F> {
    name: String,
    unique_name: Option<String>,
    function: F,
    made: &'static Location<'static>,
    opened: Mutex<Option<Opened>>,
}

/// The scope of a template, once there is one.
#[derive(Clone)]
struct Opened {
    graph: Graph,
    scope: VariableScope,
    path: String,
    /// Whether a call has created the variables.
    created: bool,
}

/// Makes a template of a function: of a layer, or of a closure around some.
///
/// Its scope is called `name`, made unique where the template is first called. In a layer or a `model!`, where rustc checks
/// the sharing, a scope object does the same: see [`VariableScope`].
///
/// TensorFlow: `tf.make_template`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Tensor, VariableOptions, constant, get_variable, make_template};
/// fn scaled(x: Tensor<f32>, by: &str) -> Tensor<f32> {
///     x * get_variable::<f32, _, _>(by, [2], VariableOptions::new())
/// }
/// let template = make_template("scale", scaled);
/// let graph = Graph::new();
/// graph.build(|| {
///     let y = template.call((constant([1.0, 2.0]), "w")); // creates `scale/w`
///     template.call((y, "w")) // shares it
/// })?;
/// assert_eq!(graph.variables().len(), 1);
/// assert_eq!(template.variable_scope_name().as_deref(), Some("scale"));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn make_template<F>(name: &str, function: F) -> Template<F> {
    Template { name: name.to_owned(), unique_name: None, function, made: Location::caller(), opened: Mutex::new(None) }
}

impl<F> Template<F> {
    /// The scope is called exactly this, not made unique: two templates of one such name collide, unless one is called in a scope that
    /// reuses. TensorFlow: `unique_name_`.
    pub fn unique_name(mut self, name: &str) -> Self {
        self.unique_name = Some(name.to_owned());
        self
    }

    /// Makes the scope here, where the graph is being built, in place of where the template is first called. Ops still go to the
    /// name scope of each call. TensorFlow: `create_scope_now_`.
    #[track_caller]
    pub fn create_scope_now(self) -> Self {
        if let Some(graph) = Graph::current() {
            // With no name scope, so that the first call has the one of this name (T1).
            let opened = variable_scope(self.first_request().auxiliary_name_scope(false), |scope| {
                Opened::of(graph, scope, false)
            });
            self.set(Some(opened));
        } else {
            // With no graph there is nothing to record the mistake in but the orphans, which `with_current` does.
            let _ = with_current("create_scope_now", |_| ());
        }
        self
    }

    /// Calls the function: with its argument, or a tuple of its arguments. The first call creates variables, the others share them.
    ///
    /// Mistakes inside are recorded in the graph, and say which template they are of. A call that makes some does not count as the
    /// first one. A later call that creates a variable to be trained, by other means than `get_variable`, is a mistake
    /// (`E-TEMPLATE-VARIABLE`).
    #[track_caller]
    pub fn call<A, Form>(&self, arguments: A) -> F::Output
    where
        F: Callable<A, Form>,
    {
        let at = Location::caller();
        let Some(graph) = Graph::current() else {
            // What the function makes carries the mistake of having no graph.
            return self.function.call_with(arguments);
        };
        let _called = Called::at(at);
        let opened = self.opened_in(&graph, at);
        let before = graph.state().progress();
        let (request, is_first) = match &opened {
            None => (self.first_request(), true),
            Some(opened) => (scope(opened.scope).reuse(opened.created), !opened.created),
        };
        let (output, scope) = variable_scope(request, |scope| (self.function.call_with(arguments), scope));
        let failed = self.after(&mut graph.state(), &before, is_first, at);
        if is_first && !failed {
            let opened = opened.unwrap_or_else(|| Opened::of(graph, scope, true));
            self.set(Some(Opened { created: true, ..opened }));
        }
        output
    }

    /// Tells which template the mistakes of a call are of, and finds the ones of its own; yields whether there are any.
    fn after(&self, state: &mut State, before: &Progress, is_first: bool, at: &'static Location<'static>) -> bool {
        for mistake in state.mistakes.iter_mut().skip(before.mistakes) {
            mistake.add_line(&self.origin());
        }
        let failed = state.mistakes.len() > before.mistakes;
        let trained = state.trained();
        if !is_first && !failed && trained.len() > before.trained {
            let names: Vec<String> = trained[before.trained..].iter().map(|name| format!("`{name}`")).collect();
            let text = format!(
                "a call of a template after its first creates a variable to be trained: {}\n  help: ask for it by `get_variable`, which shares that of the first call, or write `trainable = false`",
                names.join(", "),
            );
            let mut mistake = Error::new(Status::InvalidArgument, "E-TEMPLATE-VARIABLE", text).at(at);
            mistake.add_line(&self.origin());
            state.mistakes.push(mistake);
        }
        failed
    }

    fn origin(&self) -> String {
        format!("  in template `{}`, made at {}", self.name, self.made)
    }

    fn first_request(&self) -> ScopeRequest {
        match &self.unique_name {
            Some(name) => scope(name),
            None => default_name(&self.name),
        }
    }

    /// The template's scope, if it is one of this graph. That of a build that failed is forgotten; that of another graph is a mistake.
    fn opened_in(&self, graph: &Graph, at: &'static Location<'static>) -> Option<Opened> {
        let opened = self.get()?;
        let mut state = graph.state();
        if opened.graph != *graph {
            state.mistakes.push(foreign(&format!("template `{}`", self.name), at));
            return None;
        }
        state.has_scope(opened.scope).then_some(opened)
    }

    fn get(&self) -> Option<Opened> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, opened: Option<Opened>) {
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = opened;
    }

    /// The scope that holds, not that of a build that failed.
    fn standing(&self) -> Option<Opened> {
        self.get().filter(|opened| opened.graph.state().has_scope(opened.scope))
    }

    /// The name that was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The function.
    pub fn function(&self) -> &F {
        &self.function
    }

    /// The scope; `None` before the first call.
    pub fn variable_scope(&self) -> Option<VariableScope> {
        self.standing().map(|opened| opened.scope)
    }

    /// The whole name of the scope, such as `model/scale`; `None` before the first call. (TensorFlow's ends in a slash.)
    pub fn variable_scope_name(&self) -> Option<String> {
        self.standing().map(|opened| opened.path)
    }

    /// The global and the local variables of the scope and those below; none before the first call.
    pub fn variables(&self) -> Vec<AnyVariable> {
        let mut variables = self.global_variables();
        let local = self.local_variables();
        variables.extend(local.into_iter().filter(|variable| !self.global_variables().contains(variable)));
        variables
    }

    /// The global variables of the scope and those below; none before the first call.
    pub fn global_variables(&self) -> Vec<AnyVariable> {
        self.members(collection::GLOBAL_VARIABLES)
    }

    /// The local variables of the scope and those below; none before the first call.
    pub fn local_variables(&self) -> Vec<AnyVariable> {
        self.members(collection::LOCAL_VARIABLES)
    }

    /// The variables of the scope and those below that training changes; none before the first call.
    pub fn trainable_variables(&self) -> Vec<AnyVariable> {
        self.members(collection::TRAINABLE_VARIABLES)
    }

    /// Those of the [`variables`](Self::variables) that training does not change.
    pub fn non_trainable_variables(&self) -> Vec<AnyVariable> {
        let trained = self.trainable_variables();
        self.variables().into_iter().filter(|variable| !trained.contains(variable)).collect()
    }

    fn members(&self, collection: &str) -> Vec<AnyVariable> {
        self.standing().map_or_else(Vec::new, |opened| opened.graph.collection_in(collection, &opened.path))
    }
}

impl<F> std::fmt::Debug for Template<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Template({}, made at {})", self.name, self.made)
    }
}

impl Opened {
    fn of(graph: Graph, scope: VariableScope, created: bool) -> Opened {
        let path = {
            let state = graph.state();
            let mut path = Text::new();
            write_scope(&state.registered.scopes, &state.registered.text, scope.id, &mut path);
            path.as_str().to_owned()
        };
        Opened { graph, scope, path, created }
    }
}

/// How far a build was before a call.
struct Progress {
    mistakes: usize,
    trained: usize,
}

impl State {
    fn progress(&self) -> Progress {
        Progress { mistakes: self.mistakes.len(), trained: self.trained().len() }
    }

    /// The names of the variables to be trained.
    fn trained(&self) -> Vec<&str> {
        let in_one_piece = |variable: &&VariableNodes| variable.trainable && !variable.partition.is_some();
        self.variables.iter().filter(in_one_piece).map(|variable| &*variable.name).collect()
    }
}
