//! What a model's check remembers, and how `MODEL::VARIABLES` shows it.

use super::SHOWN;
use crate::{
    call_site::CallSite,
    dtype::DType,
    partitioning::Partition,
    registry::{
        Cursor, Filled, Holds, Registry, Scope, TextRef, VariableEntry,
        calls::{Call, Shared, written},
        counters::Counted,
        write_path,
    },
    shape::Shape,
    spec::Spec,
    text::{Text, str_eq},
};
use core::{mem::MaybeUninit, panic::Location};

/// Everything a model's check remembers: `V` variables, `S` scopes, `H` hash slots (a power of two), `X` bytes of text.
#[derive(Clone, Copy)]
pub struct Table<const V: usize, const S: usize, const H: usize, const X: usize> {
    variables: Unexamined<[VariableEntry; V]>,
    slots: [u32; H],
    scopes: Unexamined<[Scope; S]>,
    text: [u8; X],
    calls: [MaybeUninit<Call>; S],
    shared: [MaybeUninit<Shared>; V],
    filled: Filled,
    counted: Unexamined<[Counted; S]>,
    cursor: Cursor,
    outcome: Outcome,
}

/// A value that rustc does not examine field by field at the end of const evaluation: for the tables of a model that took longer
/// than the model. A union of one's own in place of `MaybeUninit`, since const evaluation would pay for each move into and out of that.
#[derive(Clone, Copy)]
union Unexamined<T: Copy> {
    value: T,
}

impl<T: Copy> Unexamined<T> {
    const fn get(&self) -> &T {
        // SAFETY: there is no other field.
        unsafe { &self.value }
    }

    const fn get_mut(&mut self) -> &mut T {
        // SAFETY: there is no other field.
        unsafe { &mut self.value }
    }
}

/// What the check has come to so far.
#[derive(Clone, Copy)]
pub(super) struct Outcome {
    pub(super) failed: u32,
    /// After a mistake in a size, mistakes that rest on sizes are consequences of it: they are not told.
    pub(super) sizes_in_doubt: bool,
    /// After the table is full, what is missing in it is no mistake of the user's: nothing more is told.
    pub(super) full: bool,
    /// The capacity of the model that this one reuses, where that does not fit into this table; 0 where it does.
    pub(super) reuses_larger: usize,
    pub(super) flops: u64,
    /// The variables that have no part in any output that is a scalar of floats (see [`Shape`]), if the first output is one, as a loss is.
    pub(crate) apart_from_loss: Option<u32>,
    /// The model that this one reuses is itself wrong: its errors are enough.
    pub(super) silent: bool,
    /// The first mistakes that a layer makes again when it is called again, as in a loop: code, variable, place.
    told: [Option<(&'static str, u32, &'static Location<'static>)>; SHOWN as usize],
}

impl Outcome {
    /// Whether this mistake at this place is known; now it is.
    pub(super) const fn was_told(&mut self, code: &'static str, variable: u32, at: &'static Location<'static>) -> bool {
        let mut i = 0;
        while i < self.told.len() {
            match self.told[i] {
                Some((known, of, place)) => {
                    let same_place = place.line() == at.line() && place.column() == at.column();
                    if same_place && of == variable && str_eq(known, code) && str_eq(place.file(), at.file()) {
                        return true;
                    }
                }
                None => {
                    self.told[i] = Some((code, variable, at));
                    return false;
                }
            }
            i += 1;
        }
        false
    }
}

const fn smaller(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

/// A count of operations that is not known.
pub(crate) const UNKNOWN_FLOPS: u64 = u64::MAX;

impl<const V: usize, const S: usize, const H: usize, const X: usize> Default for Table<V, S, H, X> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const V: usize, const S: usize, const H: usize, const X: usize> Table<V, S, H, X> {
    /// The tables for the register, and the outcome.
    pub(super) const fn open(&mut self) -> (Registry<'_>, &mut Outcome) {
        let registry = Registry {
            holds: Holds { variables: V, scopes: S, slots: H },
            variables: self.variables.get_mut(),
            slots: &mut self.slots,
            scopes: self.scopes.get_mut(),
            text: &mut self.text,
            calls: &mut self.calls,
            shared: &mut self.shared,
            filled: &mut self.filled,
            counted: self.counted.get_mut(),
            cursor: &mut self.cursor,
            reuses: "",
        };
        (registry, &mut self.outcome)
    }

    /// An empty table: the root scope alone.
    pub const fn new() -> Self {
        Table {
            variables: Unexamined { value: [VariableEntry::NONE; V] },
            slots: [0; H],
            scopes: Unexamined { value: [Scope::ROOT; S] },
            text: [0; X],
            calls: [MaybeUninit::uninit(); S],
            shared: [MaybeUninit::uninit(); V],
            filled: Filled { scopes: 1, ..Filled::NOTHING },
            counted: Unexamined { value: [Counted::NONE; S] },
            cursor: Cursor::at(0),
            outcome: Outcome {
                failed: 0,
                sizes_in_doubt: false,
                full: false,
                reuses_larger: 0,
                flops: 0,
                apart_from_loss: None,
                silent: false,
                told: [None; SHOWN as usize],
            },
        }
    }

    /// A table that starts with the variables of another model, in a root scope that only reuses.
    pub const fn reusing<const W: usize, const T: usize, const I: usize, const Y: usize>(
        other: &Table<W, T, I, Y>,
    ) -> Self {
        let mut table = Self::new();
        let (v, s, x) = (other.filled.variables, other.filled.scopes, other.filled.text);
        table.outcome.silent = other.outcome.failed > 0;
        if v > V || v * 2 >= H || s > S || x > X {
            table.outcome = Outcome { failed: 1, full: true, reuses_larger: W, ..table.outcome };
            return table;
        }
        table.variables.get_mut().split_at_mut(v).0.copy_from_slice(other.variables.get().split_at(v).0);
        table.scopes.get_mut().split_at_mut(s).0.copy_from_slice(other.scopes.get().split_at(s).0);
        table.text.split_at_mut(x).0.copy_from_slice(other.text.split_at(x).0);
        let calls = smaller(other.filled.calls, S);
        table.calls.split_at_mut(calls).0.copy_from_slice(other.calls.split_at(calls).0);
        let shared = smaller(other.filled.shared, V);
        table.shared.split_at_mut(shared).0.copy_from_slice(other.shared.split_at(shared).0);
        table.filled = Filled { calls, shared, ..other.filled };
        table.scopes.get_mut()[0].reuse = crate::sharing::Reuse::Yes;
        let mut i = 0;
        while i < v {
            let entry = &mut table.variables.get_mut()[i];
            entry.own = false;
            let mut slot = entry.declared.name.slot(H);
            while table.slots[slot] != 0 {
                slot = (slot + 1) & (H - 1);
            }
            table.slots[slot] = i as u32 + 1;
            i += 1;
        }
        table
    }

    /// The number of mistakes.
    pub const fn failed(&self) -> u32 {
        if self.outcome.silent { 0 } else { self.outcome.failed }
    }

    /// The number of variables that this model creates and nothing reads.
    pub const fn unused(&self) -> usize {
        let mut count = 0;
        // A pattern takes const evaluation fewer steps than an index.
        let mut left = self.variables.get().split_at(self.filled.variables).0;
        while let [variable, rest @ ..] = left {
            if !variable.used && variable.own {
                count += 1;
            }
            left = rest;
        }
        count
    }

    /// The number of trainable variables that this model creates and something reads, but no output that is a scalar of floats, and
    /// that no regularizer draws. Of more than thirty-two some may be missed.
    pub const fn unlearned(&self) -> usize {
        let mut count = 0;
        if self.outcome.apart_from_loss.is_none() {
            return count;
        }
        let mut i = 0;
        while i < self.filled.variables {
            if self.is_unlearned(i) {
                count += 1;
            }
            i += 1;
        }
        count
    }

    /// Whether variable `i` is one of those.
    pub(super) const fn is_unlearned(&self, i: usize) -> bool {
        let variable = &self.variables.get()[i];
        variable.used && variable.own && variable.part_of == 0 && !self.in_loss(i)
    }

    /// The variables, with what their names are composed of.
    pub(super) const fn entries(&self) -> (&[VariableEntry], &[Scope], &[u8]) {
        (self.variables.get().split_at(self.filled.variables).0, self.scopes.get(), &self.text)
    }

    /// Whether training may change variable `i`, as far as is known.
    const fn in_loss(&self, i: usize) -> bool {
        let Some(apart) = self.outcome.apart_from_loss else { return true };
        let declared = &self.variables.get()[i].declared;
        let trained = declared.trainable && declared.spec.dtype.is_float();
        if !trained || declared.settings.regularizer.is_some() {
            return true;
        }
        // What depends on a part depends on the whole.
        let last = i + declared.partition.known_parts();
        let mut i = i;
        while i < last && apart & (1 << (i % 32)) != 0 {
            i += 1;
        }
        apart & (1 << (i % 32)) == 0
    }

    /// The number of variables; one in parts is one.
    pub const fn len(&self) -> usize {
        self.filled.variables - self.filled.parts
    }

    /// Whether there is no variable.
    pub const fn is_empty(&self) -> bool {
        self.filled.variables == 0
    }

    /// The number of elements of all variables.
    pub const fn parameters(&self) -> usize {
        self.filled.elements
    }

    /// The bytes of all variables.
    pub const fn parameter_bytes(&self) -> usize {
        let mut sum: usize = 0;
        let mut i = 0;
        let variables = self.variables.get();
        while i < self.filled.variables {
            if variables[i].part_of == 0
                && let Some(n) = variables[i].declared.spec.bytes()
            {
                sum = sum.saturating_add(n);
            }
            i += 1;
        }
        sum
    }

    /// The floating point operations of one run, where every shape is known.
    pub const fn flops(&self) -> Option<u64> {
        if self.outcome.flops == UNKNOWN_FLOPS { None } else { Some(self.outcome.flops) }
    }

    /// The variables with their names. The list is made only for a model whose `VARIABLES` somebody reads: without the type parameter rustc
    /// would make it under every `cargo check`.
    pub const fn variables<M: Tabled<V, S, H, X>>(&self) -> &'static [VariableInfo] {
        const { &noted::<M, V, S, H, X>().infos() }.split_at(self.len()).0
    }

    /// The variables with their names, of which the first [`len`](Self::len) count.
    pub const fn infos(&'static self) -> [VariableInfo; V] {
        let blank = VariableInfo {
            name: VariableName { scopes: &[], pool: &[], scope: 0, name: TextRef::EMPTY },
            spec: Spec::new(DType::F32, Shape::SCALAR),
            trainable: false,
            collections: CollectionNames { pool: &[], names: TextRef::EMPTY },
            created: None,
            used: false,
            in_loss: true,
            partition: None,
            calls: 0,
            ways: Ways { calls: &[], shared: &[], created: 0, variable: 0 },
        };
        let mut infos = [blank; V];
        let (mut i, mut listed) = (0, 0);
        let variables = self.variables.get();
        while i < self.filled.variables {
            let entry = &variables[i];
            if entry.part_of > 0 {
                i += 1;
                continue;
            }
            infos[listed] = VariableInfo {
                name: VariableName {
                    scopes: self.scopes.get(),
                    pool: &self.text,
                    scope: entry.scope,
                    name: entry.name,
                },
                spec: entry.declared.spec,
                trainable: entry.declared.trainable,
                collections: CollectionNames { pool: &self.text, names: entry.collections },
                created: entry.created,
                used: entry.used,
                in_loss: self.in_loss(i),
                partition: if entry.declared.partition.known_parts() > 0 {
                    Some(entry.declared.partition)
                } else {
                    None
                },
                calls: entry.calls as usize,
                ways: Ways {
                    calls: written(&self.calls, self.filled.calls),
                    shared: written(&self.shared, self.filled.shared),
                    created: entry.call,
                    variable: i as u32,
                },
            };
            i += 1;
            listed += 1;
        }
        infos
    }
}

/// A checked model, as the place of its table.
#[doc(hidden)]
pub trait Tabled<const V: usize, const S: usize, const H: usize, const X: usize> {
    /// Its table, with the notes that the first evaluation does not take: see [`Check`](super::Check).
    const NOTED: Table<V, S, H, X>;
}

/// The table of a model with all notes. A function of the model's type, so that rustc makes that table only if it comes here.
#[doc(hidden)]
pub const fn noted<M: Tabled<V, S, H, X>, const V: usize, const S: usize, const H: usize, const X: usize>()
-> &'static Table<V, S, H, X> {
    const { &M::NOTED }
}

/// A variable of a checked model, as `MODEL::VARIABLES` lists it.
#[derive(Clone, Copy)]
pub struct VariableInfo {
    /// The whole name: `model/conv1/weights`.
    pub name: VariableName,
    /// Shape and element type.
    pub spec: Spec,
    /// Whether training changes it.
    pub trainable: bool,
    /// The collections it belongs to.
    pub collections: CollectionNames,
    /// Where it was created.
    pub created: Option<&'static Location<'static>>,
    /// Whether anything reads it.
    pub used: bool,
    /// Whether an output that is a scalar of floats depends on it; also true where that is not known, for what is not trained, and where the
    /// first output is no such scalar, as a loss is.
    pub in_loss: bool,
    /// Its parts, if it is cut by a partitioner that const evaluation can follow.
    pub partition: Option<Partition>,
    /// How many calls of `get_variable` came to it: one, where nothing shares it.
    pub calls: usize,
    ways: Ways,
}

/// Where to find the calls of a variable, and the ways to them.
#[derive(Clone, Copy)]
struct Ways {
    calls: &'static [Call],
    shared: &'static [Shared],
    created: u32,
    variable: u32,
}

impl VariableInfo {
    /// Every place that creates or shares the variable, with the calls of layers that lead there; the one that creates it is the
    /// first. Of a model with more calls that share than its table holds variables, the last may be missing; [`calls`](Self::calls)
    /// counts them too.
    pub fn sites(&self) -> Vec<CallSite> {
        let Ways { calls, shared, created, variable } = self.ways;
        let mut sites: Vec<CallSite> = self.created.iter().map(|at| CallSite::new(at, calls, created)).collect();
        for found in shared.iter().filter(|shared| shared.variable == variable) {
            CallSite::new(found.at, calls, found.call).count_in(&mut sites);
        }
        sites
    }
}

/// A part of a variable of a checked model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartInfo {
    /// The whole name: `model/embedding/part_0`.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// Where it begins along the axis that is cut.
    pub offset: usize,
}

impl VariableInfo {
    /// The parts; none of a variable in one piece, or of one whose partitioner is a function.
    pub fn parts(&self) -> Vec<PartInfo> {
        let part = |partition: Partition, index| {
            let (offset, shape) = partition.part(&self.spec.shape, index);
            PartInfo { name: format!("{}/part_{index}", self.name), shape, offset }
        };
        let parts = |partition: Partition| (0..partition.parts()).map(move |index| part(partition, index)).collect();
        self.partition.map_or_else(Vec::new, parts)
    }
}

impl core::fmt::Debug for VariableInfo {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: {}", self.name, self.spec)
    }
}

/// The name of a variable of a checked model: it composes itself when shown, and compares with text.
#[derive(Clone, Copy)]
pub struct VariableName {
    scopes: &'static [Scope],
    pool: &'static [u8],
    scope: u32,
    name: TextRef,
}

impl core::fmt::Display for VariableName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut text = Text::new();
        write_path(self.scopes, self.pool, self.scope, self.name.read(self.pool), &mut text);
        f.pad(text.as_str())
    }
}

impl core::fmt::Debug for VariableName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

impl PartialEq<str> for VariableName {
    fn eq(&self, other: &str) -> bool {
        let mut text = Text::new();
        write_path(self.scopes, self.pool, self.scope, self.name.read(self.pool), &mut text);
        text.as_str() == other
    }
}

impl PartialEq<&str> for VariableName {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

/// The names of a variable's collections.
#[derive(Clone, Copy)]
pub struct CollectionNames {
    pool: &'static [u8],
    names: TextRef,
}

impl CollectionNames {
    /// The names, one by one.
    pub fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.names.read(self.pool).split('\0').filter(|name| !name.is_empty())
    }
}
