//! Custom getters: functions of the user's own around `get_variable`, for one call or for a scope (C49-C51, D5).

use super::{
    State, described::AnyVariable, first_values::Initial, partitioned, scopes::ScopeGuard, variables::Regularized,
    with_current,
};
use crate::{
    error::{Error, Status},
    initializer::Initializer,
    names::Name,
    options::{Collections, VariableRequest},
    partitioning::Partitioner,
    registry::write_scope,
    regularizer::Regularizer,
    settings::Settings,
    sharing::{Asked, Reuse},
    spec::Spec,
    tensor::{NO_NODE, VariableScope},
    text::Text,
};
use std::{panic::Location, sync::Arc};

/// A custom getter: it is given the way on and what is asked for, and yields the variable that the caller gets.
///
/// TensorFlow: `custom_getter`. There it may yield a tensor; here what is computed from a variable is computed where it is used.
/// Const evaluation cannot call functions that it does not know, so layers with getters are dynamic.
///
/// ```
/// # use tf_core as tf;
/// use tf::{AnyVariable, Getter, Graph, VariableAsked, VariableOptions, get_variable, scope, variable_scope};
/// // Variables of this scope are not trained.
/// fn frozen(getter: &Getter, asked: VariableAsked) -> AnyVariable {
///     getter.get(asked.with_trainable(false))
/// }
/// let graph = Graph::new();
/// graph.build(|| {
///     variable_scope(scope("s").custom_getter(frozen), |_| {
///         let _ = get_variable::<f32, _, _>("w", [2], VariableOptions::new());
///     });
/// })?;
/// assert!(!graph.variables()[0].trainable);
/// # Ok::<(), tf::Error>(())
/// ```
pub type CustomGetter = fn(&Getter, VariableAsked) -> AnyVariable;

/// A getter of a scope, which may hold what it needs.
pub(crate) type ScopeGetter = Arc<dyn Fn(&Getter, VariableAsked) -> AnyVariable + Send + Sync>;

/// A getter of a scope, and the one around it (by its number, counted from 1; 0 for none).
#[derive(Clone)]
pub(crate) struct Link {
    function: ScopeGetter,
    outer: u32,
}

/// The way on: to the getter of the scope around, or to the graph.
#[derive(Debug)]
pub struct Getter {
    next: u32,
    at: &'static Location<'static>,
}

/// What is asked for, of any element type.
#[derive(Clone)]
pub struct VariableAsked {
    name: String,
    spec: Spec,
    shape_given: bool,
    validate_shape: bool,
    trainable: Option<bool>,
    collections: Collections,
    settings: Option<Settings>,
    initializer: Option<Initializer>,
    initial: Initial,
    reuse: Reuse,
}

impl VariableAsked {
    /// The whole name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Shape and element type.
    pub fn spec(&self) -> Spec {
        self.spec
    }

    /// What is said of training.
    pub fn trainable(&self) -> Option<bool> {
        self.trainable
    }

    /// How the scope treats variables that exist.
    pub fn reuse(&self) -> Reuse {
        self.reuse
    }

    /// The same under another whole name.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The same, trained or not.
    pub fn with_trainable(mut self, trainable: bool) -> Self {
        self.trainable = Some(trainable);
        self
    }

    /// The same with another initializer.
    pub fn with_initializer(mut self, initializer: Initializer) -> Self {
        self.initializer = Some(initializer);
        self.initial = Initial::Described;
        self
    }

    /// The same with another regularizer.
    pub fn with_regularizer(mut self, regularizer: Regularizer) -> Self {
        self.settings.get_or_insert(Settings::NONE).regularizer = Some(regularizer);
        self
    }

    /// The same in other parts.
    pub fn with_partitioner(mut self, partitioner: Partitioner) -> Self {
        self.settings.get_or_insert(Settings::NONE).partitioner = partitioner;
        self
    }

    /// What cuts it into parts, if the call says so.
    pub fn partitioner(&self) -> Option<Partitioner> {
        self.settings.and_then(|settings| settings.partitioner())
    }

    pub(super) fn new(name: String, request: &VariableRequest<'_>, initial: Initial, reuse: Reuse) -> VariableAsked {
        let Asked { spec, trainable, initializer, settings, .. } = request.asked;
        VariableAsked {
            name,
            spec,
            shape_given: request.shape_given,
            validate_shape: request.validate_shape,
            trainable,
            collections: *request.collections,
            settings: settings.copied(),
            initializer,
            initial,
            reuse,
        }
    }

    /// Asks the graph.
    #[track_caller]
    fn obtain(self, at: &'static Location<'static>) -> AnyVariable {
        let mut request = VariableRequest {
            asked: Asked {
                spec: self.spec,
                trainable: self.trainable,
                initializer: self.initializer,
                collections: self.collections.is_given().then(|| self.collections.hash()),
                settings: self.settings.as_ref(),
            },
            shape_given: self.shape_given,
            dtype_given: true,
            validate_shape: self.validate_shape,
            shared: true,
            collections: &self.collections,
        };
        let below = with_current("get_variable", |state| format!("{}/", state.scope_path())).unwrap_or_default();
        let relative = if below == "/" { Some(self.name.as_str()) } else { self.name.strip_prefix(&below) };
        let elsewhere = match relative {
            Some(_) => None,
            None => with_current("get_variable", |state| state.registry(0).0.go_to_root(self.reuse)).ok(),
        };
        let name = Name::of(relative.unwrap_or(&self.name));
        let resolved = partitioned::resolved(&request);
        request.asked.settings = resolved.as_ref().or(request.asked.settings);
        let initial = self.initial.made(&name, &request);
        let made = with_current("get_variable", |state| {
            let got = state.get_variable(&name, &request, &initial, at);
            let spec = Spec { shape: got.shape, ..self.spec };
            (AnyVariable { graph: state.id, handle: got.handle, spec }, got.regularized)
        });
        let variable = match made {
            Ok((variable, regularized)) => {
                regularized.iter().for_each(Regularized::add_loss);
                variable
            }
            Err(orphan) => {
                let tensor = orphan.tensor::<f32>();
                AnyVariable { graph: tensor.graph, handle: tensor.node, spec: self.spec }
            }
        };
        if let Some(elsewhere) = elsewhere {
            let _ = with_current("get_variable", |state| state.registry(0).0.come_back(elsewhere));
        }
        variable
    }
}

impl Getter {
    /// What the getter of the scope around yields, or where there is none, the variable that the graph creates or shares.
    pub fn get(&self, asked: VariableAsked) -> AnyVariable {
        follow(self.next, asked, self.at)
    }
}

/// Asks the getter of this number; where there is none, the graph.
fn follow(number: u32, asked: VariableAsked, at: &'static Location<'static>) -> AnyVariable {
    let found = with_current("get_variable", |state| state.getters.get((number as usize).wrapping_sub(1)).cloned());
    match found.ok().flatten() {
        Some(link) => (link.function)(&Getter { next: link.outer, at }, asked),
        None => asked.obtain(at),
    }
}

/// While a getter runs, what it asks for by `get_variable` itself goes to the graph: a getter does not come to itself again.
struct Running;

impl Running {
    fn start() -> Running {
        // There is a graph: the caller found the getter in it.
        let _ = with_current("get_variable", |state| state.thread().getting += 1);
        Running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = with_current("get_variable", |state| state.thread().getting -= 1);
    }
}

/// What the getter of the call, or else those of the scope, yield; `None` where there are none.
pub(super) fn asked_of_getters(
    own: Option<CustomGetter>,
    name: &Name<'_>,
    request: &VariableRequest<'_>,
    initial: &Initial,
    at: &'static Location<'static>,
) -> Option<AnyVariable> {
    let (number, reuse, path) = with_current("get_variable", |state| {
        if state.thread().getting > 0 {
            return None;
        }
        let scope = state.thread().cursor.scope as usize;
        let scope = &state.registered.scopes[scope];
        let (getter, reuse) = (scope.getter, scope.reuse);
        (own.is_some() || getter > 0).then(|| {
            let path = state.scope_path();
            let whole = if path.is_empty() { name.text.to_owned() } else { format!("{path}/{}", name.text) };
            (getter, reuse, whole)
        })
    })
    .ok()
    .flatten()?;
    let asked = VariableAsked::new(path, request, initial.clone(), reuse);
    let dtype = request.asked.spec.dtype;
    let _running = Running::start();
    let got = match own {
        Some(own) => own(&Getter { next: 0, at }, asked),
        None => follow(number, asked, at),
    };
    if got.spec.dtype == dtype {
        return Some(got);
    }
    let text = format!(
        "variable `{}` is asked for as {dtype}, and the custom getter yields one of {}\n  help: yield a variable of the type that is asked for",
        name.text, got.spec.dtype
    );
    let error = Error::new(Status::InvalidArgument, "E-GETTER-DTYPE", text).at(at).of_variable(name.text);
    let graph = with_current("get_variable", |state| {
        state.mistakes.push(error);
        state.id
    });
    Some(AnyVariable { graph: graph.unwrap_or(got.graph), handle: NO_NODE, spec: request.asked.spec })
}

impl State {
    /// The path of the scope that is open.
    fn scope_path(&mut self) -> String {
        let scope = self.thread().cursor.scope;
        let mut path = Text::new();
        write_scope(&self.registered.scopes, &self.registered.text, scope, &mut path);
        path.as_str().to_owned()
    }

    /// Gives a scope a getter of its own, around which those stand that it has already.
    pub(super) fn chain_getter(&mut self, scope: VariableScope, function: ScopeGetter) {
        let scope = &mut self.registered.scopes[scope.id as usize];
        self.getters.push(Link { function, outer: scope.getter });
        scope.getter = self.getters.len() as u32;
    }
}

impl ScopeGuard {
    /// The same scope with a getter of its own.
    pub(super) fn with_getter(self, getter: Option<ScopeGetter>) -> ScopeGuard {
        if let Some(getter) = getter
            && self.is_open()
        {
            let scope = self.scope();
            let _ = with_current("variable_scope", |state| state.chain_getter(scope, getter));
        }
        self
    }
}
