//! The growing tables behind the register: the same `Registry` that const evaluation fills, on vectors.

use super::State;
use super::node::Around;
use super::ways::Ways;
use crate::placement::scopes;
use crate::registry::{Cursor, Filled, Holds, Registry, Scope, TextRef, VariableEntry, counters::Counted};
use crate::sharing::Declared;
use foldhash::HashMap;
use std::{
    cell::Cell,
    panic::Location,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// The variables and scopes of a graph. Vectors are kept longer than filled, so that the register finds room.
#[derive(Clone)]
pub(crate) struct Registered {
    pub(crate) variables: Vec<VariableEntry>,
    pub(crate) slots: Vec<u32>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) text: Vec<u8>,
    pub(crate) ways: Ways,
    pub(crate) filled: Filled,
}

/// Has a table hold so many entries, and some more.
fn have<T: Copy>(table: &mut Vec<T>, wanted: usize, blank: T) {
    if table.len() >= wanted {
        return;
    }
    if table.capacity() < wanted {
        table.reserve_exact(4 * wanted - table.len());
    }
    table.resize((wanted + ROOM / 4).min(table.capacity()), blank);
}

/// What each thread has of its own in a graph.
#[derive(Clone)]
pub(crate) struct Thread {
    pub(crate) cursor: Cursor,
    counted: Vec<Counted>,
    /// The current name scope, with a slash at its end; empty at the root.
    pub(crate) name_scope: Arc<str>,
    /// Whether the openings of scopes are steps of the way to a variable; not in a layer that rustc checks, where only calls are.
    pub(crate) scopes_lead: bool,
    /// How many custom getters run.
    pub(crate) getting: u32,
    /// The control inputs of new ops.
    pub(crate) control: Vec<u32>,
    /// The container of new variables.
    pub(crate) container: std::sync::Arc<str>,
    /// What the open scopes say of devices.
    pub(crate) devices: Arc<scopes::OpenDevices>,
    /// The node that new ones are placed beside, whatever the open scopes say, and whether they have no device of their own.
    pub(crate) beside: Option<(u32, bool)>,
    /// What the last node was made in, and the number of its variable scope.
    pub(crate) last_around: Option<(u32, Arc<Around>)>,
    /// The name scope that each scope was first entered with.
    pub(crate) original_name_scopes: HashMap<u32, crate::tensor::OpScope>,
}

const ROOM: usize = 64;
/// There is memory for so many entries from the start, and each time that it is full for four times as many: what is not written takes no
/// page, and what moves leaves its pages behind.
const MEMORY: usize = 4 * ROOM;
/// The parent of a scope that a failed build made.
const FORGOTTEN: u32 = u32::MAX;

impl Registered {
    pub(super) fn new() -> Registered {
        Registered {
            variables: Vec::with_capacity(MEMORY),
            slots: vec![0; 4 * ROOM],
            scopes: Vec::with_capacity(MEMORY),
            text: vec![0; 16 * ROOM],
            ways: Ways::default(),
            filled: Filled::NOTHING,
        }
    }

    /// A root scope for a thread: its reuse is its own (R14).
    pub(super) fn new_root(&mut self) -> u32 {
        self.grow(1, 0);
        let root = self.filled.scopes;
        self.scopes[root] = Scope::ROOT;
        self.filled.scopes += 1;
        root as u32
    }

    fn grow(&mut self, variables: usize, text: usize) {
        let wanted = self.filled.variables + variables;
        have(&mut self.variables, wanted, VariableEntry::NONE);
        if self.slots.len() < 4 * wanted {
            self.slots = vec![0; (4 * wanted).next_power_of_two()];
            self.index();
        }
        have(&mut self.scopes, self.filled.scopes + 2, Scope::ROOT);
        while self.text.len() < self.filled.text + text {
            self.text.resize(self.text.len() * 2, 0);
        }
    }

    fn index(&mut self) {
        self.slots.fill(0);
        let mask = self.slots.len() - 1;
        let entries = self.variables[..self.filled.variables].iter().enumerate();
        for (index, entry) in entries.filter(|(_, entry)| entry.shared) {
            let mut slot = entry.declared.name.slot(self.slots.len());
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = index as u32 + 1;
        }
    }

    /// Adds a variable that no name leads to, whose whole name is `name`.
    pub(super) fn add_unshared(&mut self, name: &str, declared: Declared, at: &'static Location<'static>) -> u32 {
        self.grow(1, name.len());
        let start = self.filled.text;
        self.text[start..start + name.len()].copy_from_slice(name.as_bytes());
        self.filled.text += name.len();
        let index = self.filled.variables;
        self.variables[index] = VariableEntry {
            declared,
            name: TextRef::pooled(start, name.len()),
            created: Some(at),
            own: true,
            shared: false,
            ..VariableEntry::NONE
        };
        self.filled.variables += 1;
        index as u32
    }

    /// Notes where the reuse of a scope was switched on.
    pub(super) fn reuses_since(&mut self, scope: u32, at: &'static std::panic::Location<'static>) {
        self.scopes[scope as usize].reuses_since = self.ways.step(0, at);
    }

    /// Whether there is a scope of this number.
    pub(super) fn has_scope(&self, id: u32) -> bool {
        (id as usize) < self.filled.scopes && self.scopes[id as usize].parent != FORGOTTEN
    }

    /// The scopes, with what holds in each.
    pub(super) fn scopes(&self) -> &[Scope] {
        &self.scopes[..self.filled.scopes]
    }

    /// Forgets what was added after `filled`; in the scopes from before holds what did. The numbers of the scopes that go are not
    /// used again: an object kept from a failed build must not come to mean another scope.
    pub(super) fn truncate(&mut self, filled: Filled, before: &[Scope]) {
        for scope in &mut self.scopes[filled.scopes..self.filled.scopes] {
            *scope = Scope { parent: FORGOTTEN, ..Scope::ROOT };
        }
        // A variable is written into an entry that says nothing yet.
        self.variables[filled.variables..self.filled.variables].fill(VariableEntry::NONE);
        self.filled = Filled { scopes: self.filled.scopes, ..filled };
        self.scopes[..before.len()].copy_from_slice(before);
        self.index();
    }
}

/// The threads that build a graph, each with what it has of its own.
#[derive(Default)]
pub(crate) struct Threads {
    /// The one that was asked for last, and its number: mostly the one that is asked for next.
    last: Option<(u64, Thread)>,
    others: HashMap<u64, Thread>,
}

/// The number of the calling thread, which is asked for several times for each op.
#[inline]
fn this_thread() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    thread_local! {
        /// 0 before the thread has one.
        static NUMBER: Cell<u64> = const { Cell::new(0) };
    }
    NUMBER.with(|number| {
        if number.get() == 0 {
            number.set(LAST.fetch_add(1, Ordering::Relaxed) + 1);
        }
        number.get()
    })
}

impl Threads {
    /// What the calling thread has, if it has built here.
    #[inline]
    pub(super) fn own(&mut self) -> Option<&mut Thread> {
        let number = this_thread();
        if !matches!(self.last, Some((last, _)) if last == number) {
            self.find(number);
        }
        self.last.as_mut().filter(|(last, _)| *last == number).map(|(_, own)| own)
    }

    /// Has the thread of this number be the last, if it has built here.
    #[cold]
    fn find(&mut self, number: u64) {
        if let Some(own) = self.others.remove(&number) {
            self.put_last(number, own);
        }
    }

    fn put_last(&mut self, number: u64, own: Thread) {
        if let Some((before, thread)) = self.last.replace((number, own)) {
            self.others.insert(before, thread);
        }
    }

    /// Gives the calling thread what it has, or takes it away.
    pub(super) fn set(&mut self, own: Option<Thread>) {
        // What it had is the last then, if it had something.
        let had = self.own().is_some();
        match own {
            Some(own) if had => self.last = Some((this_thread(), own)),
            Some(own) => self.put_last(this_thread(), own),
            None if had => self.last = None,
            None => {}
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Threads::default();
    }
}

impl Thread {
    pub(super) fn new(root: u32) -> Thread {
        Thread {
            cursor: Cursor::at(root),
            counted: vec![Counted::NONE; ROOM],
            name_scope: Arc::default(),
            scopes_lead: true,
            getting: 0,
            control: Vec::new(),
            container: "".into(),
            devices: Arc::default(),
            beside: None,
            last_around: None,
            original_name_scopes: HashMap::default(),
        }
    }

    fn grow(&mut self) {
        if self.counted.len() < self.cursor.counted + 1 {
            self.counted.resize(self.counted.len() * 2, Counted::NONE);
        }
    }
}

impl State {
    /// The register of this graph as this thread sees it, with room for one more entry whose texts take `text` bytes;
    /// beside it the thread's name scope, which the register does not know.
    pub(crate) fn registry(&mut self, text: usize) -> (Registry<'_>, &mut Arc<str>) {
        self.registry_with_room(1, text)
    }

    /// The same with room for several variables.
    pub(super) fn registry_with_room(&mut self, variables: usize, text: usize) -> (Registry<'_>, &mut Arc<str>) {
        self.thread();
        let registered = &mut self.registered;
        registered.grow(variables, text + 64);
        registered.filled.calls = registered.ways.table.len();
        let thread = self.threads.own().expect("`thread` made it");
        thread.grow();
        let holds = Holds {
            variables: registered.variables.len(),
            scopes: registered.scopes.len(),
            slots: registered.slots.len(),
        };
        let registry = Registry {
            holds,
            variables: &mut registered.variables,
            slots: &mut registered.slots,
            scopes: &mut registered.scopes,
            text: &mut registered.text,
            calls: &mut registered.ways.table,
            shared: &mut [],
            filled: &mut registered.filled,
            counted: &mut thread.counted,
            cursor: &mut thread.cursor,
            reuses: self.reuses,
        };
        (registry, &mut thread.name_scope)
    }
}
