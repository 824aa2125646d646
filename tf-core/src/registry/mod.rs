//! The register of variables and scopes: one implementation of names, sharing and scope inheritance for both worlds.
//!
//! It works on borrowed tables, so that const evaluation can keep them in a const ([`Table`](crate::check::Table)) and the graph
//! in vectors ([`graph`](crate::graph)). Everything here is a `const fn`.
//!
//! [`variables`] decides about `get_variable`, [`scopes`] about entering and leaving, [`counters`] about default names, [`calls`] knows the way to each call, `nearest` the name that was meant, `origin` the variable that a shape is of.
//! `root` goes to the root scope for variables that are one for the whole graph.

pub(crate) mod calls;
pub(crate) mod counters;
mod nearest;
mod origin;
mod root;
pub(crate) mod scopes;
pub(crate) mod variables;

use crate::{mistake::Mistake, names::Name, text::Text};
use calls::{Call, Shared};
use core::mem::MaybeUninit;
use counters::Counted;
pub(crate) use scopes::Scope;
pub(crate) use variables::VariableEntry;

/// Text that is part of the program, or lies in the register's pool.
///
/// Nothing is written as `None`, not as `""`: each pointer in a table costs const evaluation time at every later write to it.
#[derive(Clone, Copy)]
pub(crate) struct TextRef {
    literal: Option<&'static str>,
    at: u32,
    len: u32,
}

impl TextRef {
    pub(crate) const EMPTY: TextRef = TextRef { literal: None, at: 0, len: 0 };

    pub(crate) const fn literal(text: &'static str) -> TextRef {
        TextRef { literal: Some(text), at: 0, len: 0 }
    }

    /// Text in the pool.
    pub(crate) const fn pooled(at: usize, len: usize) -> TextRef {
        TextRef { literal: None, at: at as u32, len: len as u32 }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0 && self.literal.is_none()
    }

    /// The text, given the pool it may lie in.
    pub(crate) const fn read<'p>(&self, pool: &'p [u8]) -> &'p str {
        if let Some(literal) = self.literal {
            return literal;
        }
        let bytes = pool.split_at(self.at as usize).1.split_at(self.len as usize).0;
        match core::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

/// How much of the tables is filled.
#[derive(Clone, Copy)]
pub(crate) struct Filled {
    pub(crate) variables: usize,
    /// How many of them are parts of others.
    pub(crate) parts: usize,
    pub(crate) scopes: usize,
    pub(crate) text: usize,
    pub(crate) calls: usize,
    pub(crate) shared: usize,
    /// The elements of all variables. Counted here, since const evaluation pays much for going through the variables afterwards.
    pub(crate) elements: usize,
}

impl Filled {
    pub(crate) const NOTHING: Filled =
        Filled { variables: 0, parts: 0, scopes: 0, text: 0, calls: 0, shared: 0, elements: 0 };
}

/// What each thread has of its own (S25): where it stands, and which entries count for its default names.
#[derive(Clone, Copy)]
pub(crate) struct Cursor {
    pub(crate) scope: u32,
    pub(crate) counted: usize,
    /// How many of them may lie elsewhere than below the scope they were made in.
    pub(crate) loose: usize,
    /// How many scope objects are entered.
    pub(crate) objects: u32,
    pub(crate) echo: variables::Echo,
    /// The number of the last step of the way here.
    pub(crate) call: u32,
}

impl Cursor {
    pub(crate) const fn at(scope: u32) -> Cursor {
        Cursor { scope, counted: 0, loose: 0, objects: 0, echo: variables::Echo::None, call: 0 }
    }
}

/// The tables, borrowed.
pub(crate) struct Registry<'t> {
    pub(crate) variables: &'t mut [VariableEntry],
    /// Open-addressed index of `variables`: 1 + index, 0 where free. Its length is a power of two.
    pub(crate) slots: &'t mut [u32],
    pub(crate) scopes: &'t mut [Scope],
    pub(crate) text: &'t mut [u8],
    /// The steps of the ways to calls of `get_variable`.
    pub(crate) calls: &'t mut [MaybeUninit<Call>],
    /// The calls that share variables; a graph keeps them elsewhere.
    pub(crate) shared: &'t mut [MaybeUninit<Shared>],
    pub(crate) filled: &'t mut Filled,
    pub(crate) counted: &'t mut [Counted],
    pub(crate) cursor: &'t mut Cursor,
    /// The name of the model whose variables are reused; empty for none.
    pub(crate) reuses: &'static str,
    pub(crate) holds: Holds,
}

/// How much the tables hold. Said once: const evaluation pays two calls to ask a slice for its length.
#[derive(Clone, Copy)]
pub(crate) struct Holds {
    pub(crate) variables: usize,
    pub(crate) scopes: usize,
    pub(crate) slots: usize,
}

impl Registry<'_> {
    /// The mistake of a model that has more than `holds` of `what`.
    pub(crate) const fn full(&self, what: &'static str, holds: usize) -> Mistake<'static> {
        Mistake::Full { what, holds, capacity: self.holds.variables }
    }

    /// The mistake of a model whose composed names do not fit into the pool.
    pub(crate) const fn names_full(&self) -> Mistake<'static> {
        self.full("bytes of names", self.text.len())
    }

    /// Keeps a name's text: nothing to do for literals.
    const fn keep(&mut self, name: &Name<'_>) -> Option<TextRef> {
        match name.literal {
            Some(literal) => Some(TextRef { literal: Some(literal), at: 0, len: 0 }),
            None => self.keep_bytes(name.text.as_bytes()),
        }
    }

    const fn keep_bytes(&mut self, bytes: &[u8]) -> Option<TextRef> {
        let at = self.filled.text;
        let len = bytes.len();
        if self.text.len() - at < len {
            return None;
        }
        // SAFETY: the pool has room for the bytes after what is in it. (Slices would do, at six times the calls.)
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), self.text.as_mut_ptr().add(at), len) };
        self.filled.text += len;
        Some(TextRef::pooled(at, len))
    }

    /// Appends the whole name of `name` in scope `scope` to a message.
    pub(crate) const fn path(&self, scope: u32, name: &str, out: &mut Text<'_>) {
        write_path(self.scopes, self.text, scope, name, out);
    }

    /// Appends the whole name of a variable to a message.
    pub(crate) const fn variable_path(&self, index: u32, out: &mut Text<'_>) {
        let entry = &self.variables[index as usize];
        write_path(self.scopes, self.text, entry.scope, entry.name.read(self.text), out);
        if let Some((_, part)) = entry.part(index) {
            out.str("/part_").number(part as i128);
        }
    }
}

/// The whole name at run time of the variable that has this number.
pub(crate) fn path_of_variable(entry: &VariableEntry, index: u32, scopes: &[Scope], pool: &[u8]) -> String {
    let name = entry.name.read(pool);
    let mut path = String::with_capacity(LONG);
    push_scope(scopes, pool, entry.scope, &mut path);
    if !path.is_empty() && !name.is_empty() {
        path.push('/');
    }
    path.push_str(name);
    if let Some((_, part)) = entry.part(index) {
        path.push_str(&format!("/part_{part}"));
    }
    path
}

/// Few paths are longer.
const LONG: usize = 64;

/// Appends `scope/name`; paths are composed only when they are shown, which keeps const evaluation fast.
pub(crate) const fn write_path(scopes: &[Scope], pool: &[u8], scope: u32, name: &str, out: &mut Text<'_>) {
    write_scope(scopes, pool, scope, out);
    if !scopes[scope as usize].is_root() && !name.is_empty() {
        out.str("/");
    }
    out.str(name);
}

/// The path of a scope at run time, where each node has one; empty for the root.
pub(crate) fn scope_path(scopes: &[Scope], pool: &[u8], scope: u32) -> String {
    let mut path = String::with_capacity(LONG);
    push_scope(scopes, pool, scope, &mut path);
    path
}

fn push_scope(scopes: &[Scope], pool: &[u8], scope: u32, path: &mut String) {
    let here = &scopes[scope as usize];
    if here.is_root() {
        return;
    }
    push_scope(scopes, pool, here.parent, path);
    if !path.is_empty() {
        path.push('/');
    }
    path.push_str(here.name.read(pool));
}

/// Appends the path of a scope; nothing for the root.
pub(crate) const fn write_scope(scopes: &[Scope], pool: &[u8], scope: u32, out: &mut Text<'_>) {
    let mut depth = 0;
    let mut at = scope;
    while !scopes[at as usize].is_root() {
        depth += 1;
        at = scopes[at as usize].parent;
    }
    let mut wanted = depth;
    while wanted > 0 {
        let mut at = scope;
        let mut up = 1;
        while up < wanted {
            at = scopes[at as usize].parent;
            up += 1;
        }
        if wanted < depth {
            out.str("/");
        }
        out.str(scopes[at as usize].name.read(pool));
        wanted -= 1;
    }
}
