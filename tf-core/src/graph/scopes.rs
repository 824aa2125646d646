//! Variable scopes at run time: the register decides about variables, this about the name scope that goes with each entry (S1-S11).

use super::{
    Graph, State,
    described::AnyVariable,
    getters::{Getter, ScopeGetter, VariableAsked},
    node::foreign,
    with_current,
};
use crate::{
    check::Cx,
    constraint::Constraint,
    dtype::{DType, Element},
    initializer::Initializer,
    mistake::Mistake,
    names::Name,
    options::{ScopeArgument, ScopeOptions},
    partitioning::Partitioner,
    placement::DeviceParts,
    registry::{scope_path, scopes::Entered},
    regularizer::Regularizer,
    settings::Settings,
    sharing::{IntoReuse, Reuse, into_reuse},
    tensor::{OpScope, VariableScope},
};
use std::{borrow::Cow, panic::Location, sync::Arc};

/// How a value names a variable scope.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub enum ScopeKind {
    Text,
    OwnedText,
    OptionalText,
    Object,
    ObjectReference,
    Nothing,
}

/// What names a variable scope: a text, a [`VariableScope`], or nothing, where `default_name` names it.
///
/// # Safety
/// `KIND` must say what `Self` is: both worlds read it by that.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a variable scope",
    label = "expected a text such as \"conv1\", or a `VariableScope`"
)]
pub unsafe trait NamesScope: Copy {
    #[doc(hidden)]
    const KIND: ScopeKind;
}
// SAFETY: it is `&str`.
#[diagnostic::do_not_recommend]
unsafe impl NamesScope for &str {
    const KIND: ScopeKind = ScopeKind::Text;
}
// SAFETY: it is `&String`.
#[diagnostic::do_not_recommend]
unsafe impl NamesScope for &String {
    const KIND: ScopeKind = ScopeKind::OwnedText;
}
// SAFETY: it is `Option<&str>`.
#[diagnostic::do_not_recommend]
unsafe impl NamesScope for Option<&str> {
    const KIND: ScopeKind = ScopeKind::OptionalText;
}
// SAFETY: it is `VariableScope`.
#[diagnostic::do_not_recommend]
unsafe impl NamesScope for VariableScope {
    const KIND: ScopeKind = ScopeKind::Object;
}
// SAFETY: it is `&VariableScope`.
#[diagnostic::do_not_recommend]
unsafe impl NamesScope for &VariableScope {
    const KIND: ScopeKind = ScopeKind::ObjectReference;
}
// SAFETY: it is `NoName`.
#[diagnostic::do_not_recommend]
unsafe impl NamesScope for NoName {
    const KIND: ScopeKind = ScopeKind::Nothing;
}

/// Stands for the name of a scope that `default_name` names.
#[derive(Clone, Copy, Debug)]
pub struct NoName;

/// What a value names, in either world.
pub const fn scope_argument<'n, N: NamesScope + 'n>(name: N) -> ScopeArgument<'n> {
    // SAFETY: each arm reads what `KIND` promises, and what it borrows lives as long as `N`.
    unsafe {
        match N::KIND {
            ScopeKind::Text => ScopeArgument::Name(Name::of(core::mem::transmute_copy::<N, &'n str>(&name))),
            ScopeKind::OwnedText => {
                ScopeArgument::Name(Name::of(core::mem::transmute_copy::<N, &'n String>(&name).as_str()))
            }
            ScopeKind::OptionalText => match core::mem::transmute_copy::<N, Option<&'n str>>(&name) {
                Some(text) => ScopeArgument::Name(Name::of(text)),
                None => ScopeArgument::None,
            },
            ScopeKind::Object => ScopeArgument::Object(core::mem::transmute_copy(&name)),
            ScopeKind::ObjectReference => ScopeArgument::Object(*core::mem::transmute_copy::<N, &VariableScope>(&name)),
            ScopeKind::Nothing => ScopeArgument::None,
        }
    }
}

/// A variable scope that is open until this is dropped.
#[must_use = "the scope closes when this is dropped"]
pub struct ScopeGuard {
    scope: VariableScope,
    open: Option<(Graph, Entered, Arc<str>)>,
}

impl ScopeGuard {
    /// The scope, as an object to enter again.
    pub fn scope(&self) -> VariableScope {
        self.scope
    }
}

impl ScopeGuard {
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }
}

impl Drop for ScopeGuard {
    fn drop(&mut self) {
        if let Some((graph, entered, name_scope)) = self.open.take() {
            let mut state = graph.state();
            let (mut registry, current) = state.registry(0);
            registry.leave(entered);
            *current = name_scope;
        }
    }
}

/// Opens a scope in the graph being built.
#[doc(hidden)]
#[track_caller]
pub fn enter<N: NamesScope>(name: N, options: ScopeOptions<'_>) -> ScopeGuard {
    let at = Location::caller();
    let argument = scope_argument(name);
    let opened = with_current("variable_scope", |state| state.enter(&argument, &options, at));
    let getter = options.getter.map(|getter| Arc::new(getter) as ScopeGetter);
    let guard = match opened {
        Ok((scope, entered, name_scope)) => {
            ScopeGuard { scope, open: Graph::current().map(|graph| (graph, entered, name_scope)) }
        }
        Err(_) => ScopeGuard { scope: VariableScope::at_build_time(0), open: None },
    };
    guard.with_getter(getter)
}

impl State {
    pub(super) fn has_scope(&self, scope: VariableScope) -> bool {
        scope.graph == self.id && self.registered.has_scope(scope.id)
    }

    fn enter(
        &mut self,
        argument: &ScopeArgument<'_>,
        options: &ScopeOptions<'_>,
        at: &'static Location<'static>,
    ) -> (VariableScope, Entered, Arc<str>) {
        let mut argument = *argument;
        if let ScopeArgument::Object(object) = argument
            && !self.has_scope(object)
        {
            self.mistakes.push(foreign("the scope object", at));
            argument = ScopeArgument::Object(VariableScope { id: self.thread().cursor.scope, ..object });
        }
        let mut options = *options;
        if let Some(device) = options.settings.caching_device
            && let Err(error) = DeviceParts::parse(device)
        {
            self.record(&Mistake::Device { text: device, error }, at);
            options.settings.caching_device = None;
        }
        let options = &options;
        let text = match (&argument, &options.default_name) {
            (ScopeArgument::Name(name), _) | (ScopeArgument::None, Some(name)) => name.text.len() + 12,
            _ => 0,
        };
        let (mut registry, _) = self.registry(text);
        let mut mistake = None;
        let entered = registry.enter(&argument, options, &mut mistake);
        if let Reuse::Yes = options.reuse {
            self.registered.reuses_since(entered.scope, at);
        }
        if let Some(mistake) = mistake {
            self.record(&mistake, at);
        }
        if self.thread().scopes_lead {
            let from = self.thread().cursor.call;
            self.thread().cursor.call = self.registered.ways.step(from, at);
        }
        let (before, names) = self.open_scope_of_ops(&argument, options);
        self.thread().original_name_scopes.insert(entered.scope, names);
        (VariableScope { id: entered.scope, graph: self.id, names }, entered, before)
    }

    /// Opens the name scope that goes with a variable scope; yields the one to restore and the one the scope is known by.
    fn open_scope_of_ops(&mut self, argument: &ScopeArgument<'_>, options: &ScopeOptions<'_>) -> (Arc<str>, OpScope) {
        let current = self.thread().name_scope.clone();
        let (name, known_by) = match (argument, &options.default_name) {
            (ScopeArgument::Object(object), _) => {
                let path = scope_path(&self.registered.scopes, &self.registered.text, object.id);
                let last = path.rsplit('/').next().unwrap_or("").to_owned();
                (Cow::Owned(last), Some(object.names))
            }
            (ScopeArgument::Name(name), _) | (ScopeArgument::None, Some(name)) => {
                (Cow::Borrowed(name.text.trim_end_matches('/')), None)
            }
            (ScopeArgument::None, None) => (Cow::Borrowed(""), None),
        };
        let before =
            if options.auxiliary_name_scope && !name.is_empty() { self.open_name_scope(&name) } else { current };
        let opened = self.thread().name_scope.clone();
        let id = self.id;
        let names = known_by.unwrap_or_else(|| self.names.keep_scope(&opened, id));
        (before, names)
    }
}

/// A scope to be opened, with its arguments: `scope("model").reuse(true)`.
///
/// The arguments have the names they have in `variable_scope!`.
#[derive(Clone)]
pub struct ScopeRequest {
    name: Option<String>,
    object: Option<VariableScope>,
    default_name: Option<String>,
    reuse: Reuse,
    initializer: Option<Initializer>,
    dtype: Option<DType>,
    auxiliary_name_scope: bool,
    settings: Settings,
    getter: Option<ScopeGetter>,
}

/// A scope to be opened by [`variable_scope`] with arguments: a name or a scope object.
///
/// ```
/// # use tf_core as tf;
/// use tf::{AUTO_REUSE, Graph, VariableOptions, get_variable, scope, variable_scope};
/// let graph = Graph::new();
/// graph.build(|| {
///     for _ in 0..2 {
///         variable_scope(scope("tower").reuse(AUTO_REUSE), |_| {
///             let _ = get_variable::<f32, _, _>("w", [3], VariableOptions::new());
///         });
///     }
/// })?;
/// assert_eq!(graph.variables().len(), 1);
/// # Ok::<(), tf::Error>(())
/// ```
pub fn scope(name: impl Into<ScopeRequest>) -> ScopeRequest {
    name.into()
}

/// A scope named by `name`, made unique: `block`, `block_1`, ….
pub fn default_name(name: &str) -> ScopeRequest {
    ScopeRequest { name: None, ..ScopeRequest::from("") }.default_name(name)
}

impl From<&str> for ScopeRequest {
    fn from(name: &str) -> Self {
        ScopeRequest {
            name: Some(name.to_owned()),
            object: None,
            default_name: None,
            reuse: Reuse::Inherit,
            initializer: None,
            dtype: None,
            auxiliary_name_scope: true,
            settings: Settings::NONE,
            getter: None,
        }
    }
}

impl From<String> for ScopeRequest {
    fn from(name: String) -> Self {
        name.as_str().into()
    }
}

impl From<&String> for ScopeRequest {
    fn from(name: &String) -> Self {
        name.as_str().into()
    }
}

impl From<VariableScope> for ScopeRequest {
    fn from(object: VariableScope) -> Self {
        ScopeRequest { name: None, object: Some(object), ..ScopeRequest::from("") }
    }
}

impl From<&VariableScope> for ScopeRequest {
    fn from(object: &VariableScope) -> Self {
        (*object).into()
    }
}

impl ScopeRequest {
    /// How variables that exist are treated: `true`, [`AUTO_REUSE`](crate::AUTO_REUSE), [`NO_REUSE`](crate::NO_REUSE).
    pub fn reuse(mut self, reuse: impl IntoReuse) -> Self {
        self.reuse = into_reuse(reuse);
        self
    }

    /// The name where none is given, made unique.
    pub fn default_name(mut self, name: &str) -> Self {
        self.default_name = Some(name.to_owned());
        self
    }

    /// The initializer of variables that name none.
    pub fn initializer(mut self, initializer: Initializer) -> Self {
        self.initializer = Some(initializer);
        self
    }

    /// The element type of the scope's variables.
    pub fn dtype<T: Element>(mut self) -> Self {
        self.dtype = Some(T::DTYPE);
        self
    }

    /// The regularizer of variables that name none, here and in scopes inside.
    pub fn regularizer(mut self, regularizer: Regularizer) -> Self {
        self.settings.regularizer = Some(regularizer);
        self
    }

    /// The constraint of variables that name none; scopes inside do not inherit it.
    pub fn constraint(mut self, constraint: Constraint) -> Self {
        self.settings.constraint = Some(constraint);
        self
    }

    /// The caching device of variables that name none, here and in scopes inside; `""` for none.
    pub fn caching_device(mut self, device: &'static str) -> Self {
        self.settings.caching_device = Some(device);
        self
    }

    /// What cuts variables that name none into parts, here and in scopes inside;
    /// [`no_partitioner`](fn@crate::no_partitioner) leaves them in one piece.
    pub fn partitioner(mut self, partitioner: Partitioner) -> Self {
        self.settings.partitioner = partitioner;
        self
    }

    /// What is asked for each variable of the scope, before the getters of the scopes around.
    pub fn custom_getter(
        mut self,
        getter: impl Fn(&Getter, VariableAsked) -> AnyVariable + Send + Sync + 'static,
    ) -> Self {
        self.getter = Some(Arc::new(getter));
        self
    }

    /// Whether entering also opens a name scope for ops.
    pub fn auxiliary_name_scope(mut self, open: bool) -> Self {
        self.auxiliary_name_scope = open;
        self
    }

    #[track_caller]
    fn enter(&self) -> ScopeGuard {
        let mut options = ScopeOptions::new().reuse(self.reuse).auxiliary_name_scope(self.auxiliary_name_scope);
        options.initializer = self.initializer;
        options.dtype = self.dtype;
        options.settings = self.settings;
        options.default_name = self.default_name.as_deref().map(Name::of);
        let guard = match (&self.object, &self.name) {
            (Some(object), _) => enter(*object, options),
            (None, Some(name)) => enter(name.as_str(), options),
            (None, None) => enter(NoName, options),
        };
        guard.with_getter(self.getter.clone())
    }
}

/// Runs `body` in a variable scope: a name below the current one, a scope object, or a [`scope`] with arguments.
///
/// TensorFlow: `tf.variable_scope`. In layers and models the macro `variable_scope!` does the same and is checked by rustc.
#[track_caller]
pub fn variable_scope<R>(scope: impl Into<ScopeRequest>, body: impl FnOnce(VariableScope) -> R) -> R {
    let guard = scope.into().enter();
    body(guard.scope())
}

/// The scope that is open, as an object, also in layers and models. TensorFlow: `tf.get_variable_scope`.
#[track_caller]
pub fn get_variable_scope() -> VariableScope {
    let found = with_current("get_variable_scope", |state| {
        let id = state.thread().cursor.scope;
        let graph = state.id;
        let root = state.names.keep_scope(&Arc::default(), graph);
        let names = state.thread().original_name_scopes.get(&id).copied().unwrap_or(root);
        VariableScope { id, graph, names }
    });
    found.unwrap_or_else(|_| VariableScope::at_build_time(0))
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct get_variable_scope<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> get_variable_scope<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    pub const fn call(self) -> VariableScope {
        self.cx.current_scope()
    }
}

impl VariableScope {
    /// Calls `f` with the state of the graph this scope belongs to, if that is the one being built.
    #[track_caller]
    fn with<R>(&self, what: &str, f: impl FnOnce(&mut State) -> R) -> Option<R> {
        with_current(what, |state| state.has_scope(*self).then(|| f(state))).ok().flatten()
    }

    /// The path of the scope, `""` for the root; known while its graph is being built.
    #[track_caller]
    pub fn name(&self) -> String {
        let id = self.id;
        self.with("name", |state| scope_path(&state.registered.scopes, &state.registered.text, id)).unwrap_or_default()
    }

    /// How variables that exist are treated in this scope; known while its graph is being built.
    #[track_caller]
    pub fn reuse(&self) -> Reuse {
        let id = self.id as usize;
        self.with("reuse", |state| state.registered.scopes[id].reuse).unwrap_or(Reuse::No)
    }
}

impl OpScope {
    /// The text of the name scope, with a slash at its end; `""` for the root. Known while its graph is being built.
    pub fn name(&self) -> String {
        let scope = *self;
        let found = with_current("name", |state| {
            if state.id == scope.graph { state.names.scope(scope).to_string() } else { String::new() }
        });
        found.unwrap_or_default()
    }
}
