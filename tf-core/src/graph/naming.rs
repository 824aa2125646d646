//! Names of ops: unique without regard to case, and the name scopes they sit in (S27, S28).

use super::{State, pieces::Pieces, with_current};
use crate::{
    error::{Error, Status},
    names,
    tensor::{NamesOps, OpScope, op_scope_text, without_last_slash},
};
use foldhash::HashMap;
use std::{fmt::Write as _, panic::Location, sync::Arc};

/// The names in use, told apart without regard to case, each with the number of the next suffix to try.
#[derive(Default)]
pub(crate) struct Names {
    used: Pieces<Used, 256>,
    /// Where each is found by its hash: 1 + its number, 0 where free. A power of two, no more than half of them in use.
    slots: Vec<u32>,
    /// The names whose suffix changed, with what it was before, so that a failed build can take it back.
    journal: Vec<(u32, u32)>,
    /// The texts of the [`OpScope`]s handed out, and their numbers.
    scopes: Vec<Arc<str>>,
    scope_of: HashMap<Arc<str>, u32>,
    /// The name that is being composed.
    composed: String,
}

struct Used {
    name: Arc<str>,
    hash: u32,
    next: u32,
}

/// A state of the names to which a failed build returns.
#[derive(Clone, Copy)]
pub(super) struct Marked {
    used: usize,
    journal: usize,
}

impl Names {
    pub(super) fn mark(&self) -> Marked {
        Marked { used: self.used.len(), journal: self.journal.len() }
    }

    pub(super) fn roll_back(&mut self, mark: Marked) {
        for (number, before) in self.journal.drain(mark.journal..).rev() {
            self.used[number as usize].next = before;
        }
        self.used.truncate(mark.used);
        self.index(self.slots.len());
    }

    /// Has as many slots, with the names in them.
    fn index(&mut self, slots: usize) {
        self.slots.clear();
        self.slots.resize(slots, 0);
        for number in 0..self.used.len() {
            let slot = self.free_slot(self.used[number].hash);
            self.slots[slot] = number as u32 + 1;
        }
    }

    fn free_slot(&self, hash: u32) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while self.slots[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn find(&self, name: &str, hash: u32) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut slot = hash as usize & mask;
        loop {
            let number = self.slots[slot].checked_sub(1)?;
            let used = &self.used[number as usize];
            if used.hash == hash && are_one_name(&used.name, name) {
                return Some(number);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn add(&mut self, name: Arc<str>, hash: u32) {
        if self.slots.len() < 2 * (self.used.len() + 1) {
            self.index((4 * self.slots.len()).max(256));
        }
        let slot = self.free_slot(hash);
        self.used.push(Used { name, hash, next: 1 });
        self.slots[slot] = self.used.len() as u32;
    }

    /// The name, made unique by `_1`, `_2`, …; both the plain name and the one chosen are then in use (S28).
    pub(crate) fn unique(&mut self, name: &str) -> Arc<str> {
        self.unique_joined(&[name])
    }

    /// The same of a name that is composed of these.
    pub(crate) fn unique_joined(&mut self, parts: &[&str]) -> Arc<str> {
        let mut composed = std::mem::take(&mut self.composed);
        composed.clear();
        parts.iter().for_each(|part| composed.push_str(part));
        let hash = hash_of(&composed);
        let name = match self.find(&composed, hash) {
            None => {
                let name: Arc<str> = Arc::from(composed.as_str());
                self.add(name.clone(), hash);
                name
            }
            Some(plain) => self.with_suffix(plain, &mut composed),
        };
        self.composed = composed;
        name
    }

    /// A unique name of this text, which is kept where it lies if no op has it.
    pub(crate) fn unique_shared(&mut self, name: &Arc<str>) -> Arc<str> {
        let hash = hash_of(name);
        if self.find(name, hash).is_some() {
            return self.unique(name);
        }
        self.add(name.clone(), hash);
        name.clone()
    }

    fn with_suffix(&mut self, plain: u32, composed: &mut String) -> Arc<str> {
        let (len, first) = (composed.len(), self.used[plain as usize].next);
        let (suffix, hash) = self.free_suffix(first, len, composed);
        self.journal.push((plain, first));
        self.used[plain as usize].next = suffix + 1;
        let name: Arc<str> = Arc::from(composed.as_str());
        self.add(name.clone(), hash);
        name
    }

    /// The first free suffix from this one on, which is appended, and the hash of the name with it.
    fn free_suffix(&self, first: u32, len: usize, composed: &mut String) -> (u32, u32) {
        let mut suffix = first;
        loop {
            composed.truncate(len);
            // Writing to a `String` does not fail.
            let _ = write!(composed, "_{suffix}");
            let hash = hash_of(composed);
            if self.find(composed, hash).is_none() {
                return (suffix, hash);
            }
            suffix += 1;
        }
    }

    /// What [`unique`](Names::unique) would make of the name.
    pub(crate) fn would_be(&self, name: &str) -> String {
        let mut composed = name.to_owned();
        if let Some(plain) = self.find(name, hash_of(name)) {
            self.free_suffix(self.used[plain as usize].next, name.len(), &mut composed);
        }
        composed
    }

    pub(crate) fn keep_scope(&mut self, text: &Arc<str>, graph: u32) -> OpScope {
        let id = *self.scope_of.entry(text.clone()).or_insert_with(|| {
            self.scopes.push(text.clone());
            self.scopes.len() as u32 - 1
        });
        OpScope { id, graph }
    }

    fn with_slash(&mut self, name: &str) -> Arc<str> {
        self.composed.clear();
        self.composed.push_str(name);
        self.composed.push('/');
        Arc::from(self.composed.as_str())
    }

    pub(crate) fn scope(&self, scope: OpScope) -> Arc<str> {
        self.scopes.get(scope.id as usize).cloned().unwrap_or_default()
    }
}

/// Whether two names differ in case only. Most are ASCII, for which there is a quicker way.
fn are_one_name(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() { a.eq_ignore_ascii_case(b) } else { a.to_lowercase() == b.to_lowercase() }
}

/// A hash that is the same for names which differ in case only; others may have the same, too (see [`are_one_name`]).
fn hash_of(name: &str) -> u32 {
    let (hash, is_ascii) = hash_of_bytes(name.as_bytes());
    if is_ascii { hash } else { hash_of_bytes(name.to_lowercase().as_bytes()).0 }
}

/// Of bytes without regard to the bit by which capitals differ from small letters; and whether all are ASCII.
fn hash_of_bytes(bytes: &[u8]) -> (u32, bool) {
    const SMALL: u64 = 0x2020_2020_2020_2020;
    const BEYOND_ASCII: u64 = 0x8080_8080_8080_8080;
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let (mut hash, mut all) = (bytes.len() as u64, 0);
    let mut mix = |word: u64| {
        hash = (hash ^ (word | SMALL)).wrapping_mul(FACTOR).rotate_left(29);
        all |= word;
    };
    bytes.as_chunks::<8>().0.iter().for_each(|word| mix(u64::from_le_bytes(*word)));
    // The last eight bytes once more where there are as many, which takes no loop.
    mix(match bytes.last_chunk::<8>() {
        Some(word) => u64::from_le_bytes(*word),
        None => bytes.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    });
    ((hash ^ (hash >> 32)) as u32, all & BEYOND_ASCII == 0)
}

impl State {
    /// Opens the name scope `name` below the current one and yields the one to restore.
    pub(crate) fn open_name_scope(&mut self, name: &str) -> Arc<str> {
        let (text, again) = without_last_slash(name);
        let opened: Arc<str> = if text.is_empty() {
            Arc::default()
        } else if again {
            Arc::from(name)
        } else {
            let current = self.thread().name_scope.clone();
            let unique = self.names.unique_joined(&[&current, text]);
            self.names.with_slash(&unique)
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
    restore: Option<(super::Graph, Arc<str>)>,
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
    let text = op_scope_text(name).map(Arc::<str>::from);
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
                state.names.scope(scope)
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

fn guarded(before: Option<Arc<str>>) -> NameScopeGuard {
    NameScopeGuard { restore: before.and_then(|before| Some((super::Graph::current()?, before))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_case_are_one() {
        let mut names = Names::default();
        let mut taken = |name: &str| names.unique(name).to_string();
        assert_eq!(
            [taken("conv1/Weights"), taken("Conv1/weights"), taken("CONV1/WEIGHTS")],
            ["conv1/Weights", "Conv1/weights_1", "CONV1/WEIGHTS_2"]
        );
        // The Kelvin sign is a capital k.
        assert_eq!(
            [taken("Größe"), taken("GRÖßE"), taken("k"), taken("\u{212a}")],
            ["Größe", "GRÖßE_1", "k", "\u{212a}_1"]
        );
        assert_eq!([taken("a"), taken("a_1"), taken("A"), taken("a")], ["a", "a_1", "A_2", "a_3"]);
    }

    #[test]
    fn a_failed_build_takes_its_names_back() {
        let mut names = Names::default();
        let many =
            |names: &mut Names, from: usize| (from..from + 100).for_each(|n| drop(names.unique(&format!("op{n}"))));
        many(&mut names, 0);
        let mark = names.mark();
        many(&mut names, 50);
        assert_eq!(names.would_be("op60"), "op60_2");
        names.roll_back(mark);
        assert_eq!([names.would_be("op60"), names.would_be("op120")], ["op60_1", "op120"]);
        assert_eq!(&*names.unique("OP60"), "OP60_1");
    }
}
