//! Names of ops: unique without regard to case, and the name scopes they sit in (S27, S28).

use super::{State, with_current};
use crate::{
    error::{Error, Status},
    names,
    tensor::{NamesOps, OpScope, op_scope_text, without_last_slash},
};
use foldhash::HashMap;
use std::{panic::Location, sync::Arc};

/// The names in use, in lower case, each with the number of the next suffix to try.
#[derive(Default)]
pub(crate) struct Names {
    used: HashMap<Arc<str>, u32>,
    /// What each change replaced, so that a failed build can take it back.
    journal: Vec<(Arc<str>, Option<u32>)>,
    /// The texts of the [`OpScope`]s handed out.
    scopes: Vec<String>,
}

impl Names {
    pub(super) fn mark(&self) -> usize {
        self.journal.len()
    }

    pub(super) fn roll_back(&mut self, mark: usize) {
        for (name, before) in self.journal.drain(mark..).rev() {
            match before {
                Some(count) => self.used.insert(name, count),
                None => self.used.remove(&name),
            };
        }
    }

    fn set(&mut self, name: &str, count: u32) {
        let name: Arc<str> = Arc::from(name);
        let before = self.used.insert(name.clone(), count);
        self.journal.push((name, before));
    }

    /// The name, made unique by `_1`, `_2`, …; both the plain name and the one chosen are then in use (S28).
    pub(crate) fn unique(&mut self, name: &str) -> String {
        let key = in_lower_case(name);
        let Some(&first) = self.used.get(&*key) else {
            self.set(&key, 1);
            return name.to_owned();
        };
        let mut suffix = first;
        while self.used.contains_key(&*format!("{key}_{suffix}")) {
            suffix += 1;
        }
        self.set(&key, suffix + 1);
        self.set(&format!("{key}_{suffix}"), 1);
        format!("{name}_{suffix}")
    }

    /// What [`unique`](Names::unique) would make of the name.
    pub(crate) fn would_be(&self, name: &str) -> String {
        let key = in_lower_case(name);
        let Some(&first) = self.used.get(&*key) else { return name.to_owned() };
        let free = (first..).find(|suffix| !self.used.contains_key(&*format!("{key}_{suffix}")));
        free.map_or_else(|| name.to_owned(), |suffix| format!("{name}_{suffix}"))
    }

    pub(crate) fn keep_scope(&mut self, text: &str, graph: u32) -> OpScope {
        let id = self.scopes.iter().position(|kept| kept == text).unwrap_or_else(|| {
            self.scopes.push(text.to_owned());
            self.scopes.len() - 1
        });
        OpScope { id: id as u32, graph }
    }

    pub(crate) fn scope(&self, scope: OpScope) -> &str {
        self.scopes.get(scope.id as usize).map_or("", |text| text.as_str())
    }
}

/// Most names are ASCII, for which there is a quicker way.
fn in_lower_case(name: &str) -> String {
    if name.is_ascii() { name.to_ascii_lowercase() } else { name.to_lowercase() }
}

impl State {
    /// Opens the name scope `name` below the current one and yields the one to restore.
    pub(crate) fn open_name_scope(&mut self, name: &str) -> String {
        let (text, again) = without_last_slash(name);
        let current = self.thread().name_scope.clone();
        let opened = if text.is_empty() {
            String::new()
        } else if again {
            name.to_owned()
        } else {
            format!("{}/", self.names.unique(&format!("{current}{text}")))
        };
        std::mem::replace(&mut self.thread().name_scope, opened)
    }
}

/// Runs `body` in a name scope, which prefixes the names of ops but not of variables.
///
/// `"x"` is made unique among the names in use, `"x/"` enters that scope again exactly, `""` is the root; an [`OpScope`] is
/// entered again. TensorFlow: `tf.name_scope`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, constant, name_scope};
/// let graph = Graph::new();
/// let x = graph.build(|| name_scope("tower", || constant(1.0f32)))?;
/// assert_eq!(graph.name_of(x).as_deref(), Some("tower/Const"));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn name_scope<N: NamesOps, R>(name: N, body: impl FnOnce() -> R) -> R {
    let _guard = enter_name_scope(name);
    body()
}

/// A name scope that is open until this is dropped.
#[must_use = "the name scope closes when this is dropped"]
pub struct NameScopeGuard {
    restore: Option<(super::Graph, String)>,
}

impl Drop for NameScopeGuard {
    fn drop(&mut self) {
        if let Some((graph, name_scope)) = self.restore.take() {
            graph.state().thread().name_scope = name_scope;
        }
    }
}

#[doc(hidden)]
#[track_caller]
pub fn enter_name_scope<N: NamesOps>(name: N) -> NameScopeGuard {
    let at = Location::caller();
    let text = op_scope_text(name).map(str::to_owned);
    let restore = with_current("name_scope", |state| {
        let text = match text {
            Some(text) => text,
            None => {
                // SAFETY: what is no text is an `OpScope`, as `NamesOps` promises.
                let scope: OpScope = unsafe { std::mem::transmute_copy(&name) };
                if scope.graph != state.id {
                    state.mistakes.push(super::node::foreign("the name scope", at));
                    return state.thread().name_scope.clone();
                }
                state.names.scope(scope).to_owned()
            }
        };
        let (plain, _) = without_last_slash(&text);
        if !plain.is_empty()
            && let Err(error) = names::check(plain, state.thread().name_scope.is_empty())
        {
            let mut words = crate::text::Text::new();
            error.text(&mut words, "scope", plain);
            state.mistakes.push(Error::new(Status::InvalidArgument, error.code(), words.as_str()).at(at));
        }
        state.open_name_scope(&text)
    });
    guarded(restore.ok())
}

/// A name scope for what is derived from an op or a variable, which has the whole name of that in its own: it may be longer than what a user may write.
pub(crate) fn enter_derived_name_scope(name: &str) -> NameScopeGuard {
    guarded(with_current("name_scope", |state| state.open_name_scope(name)).ok())
}

fn guarded(before: Option<String>) -> NameScopeGuard {
    NameScopeGuard { restore: before.and_then(|before| Some((super::Graph::current()?, before))) }
}
