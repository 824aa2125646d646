//! Which scopes were entered: what `default_name` chooses a free suffix by (S13-S15).
//!
//! TensorFlow counts the entries of each path, zeroes the counters of all sub-scopes when a scope that was entered by name closes, and
//! restores what it found when a scope object closes. Only whether a count is zero matters. So here the entries that count stand in a
//! list, which closing a scope cuts back to where it was: what came after lies below it. Two cases are slower and rare: entries that do
//! not lie below the scope they were made in (scope objects, names with a slash), and closing scopes while an object is entered,
//! where what is dropped may have to come back.

use super::Registry;
use crate::names::Hash;

/// An entry of a scope that still counts.
#[derive(Clone, Copy)]
pub(crate) struct Counted {
    exact: u64,
    /// The default name with the path before it, where one chose the name, and the suffix it chose.
    base: u64,
    suffix: u32,
    scope: u32,
    /// How many scope objects were entered around it.
    objects: u32,
    /// Zero while it counts; otherwise 1 + the number of scope objects entered when it was dropped.
    dropped: u32,
    /// Whether it may lie elsewhere than below the scope it was made in.
    is_loose: bool,
}

impl Counted {
    pub(crate) const NONE: Counted =
        Counted { exact: 0, base: 0, suffix: 0, scope: 0, objects: 0, dropped: 0, is_loose: false };
}

impl Registry<'_> {
    /// Counts the entry of scope number `scope`. There is room: a scope counts at most once.
    pub(super) const fn count_entry(&mut self, scope: u32, exact: u64, base: u64, suffix: u32, is_loose: bool) {
        self.counted[self.cursor.counted] =
            Counted { exact, base, suffix, scope, objects: self.cursor.objects, dropped: 0, is_loose };
        self.cursor.counted += 1;
        if is_loose {
            self.cursor.loose += 1;
        }
    }

    /// Whether the path was entered since a scope around it closed.
    pub(super) const fn was_entered(&self, hash: &Hash) -> bool {
        let mut i = self.cursor.counted;
        while i > 0 {
            i -= 1;
            if self.counted[i].exact == hash.exact_value() && self.counted[i].dropped == 0 {
                return true;
            }
        }
        false
    }

    /// The first suffix of a default name that may be free: those below were taken when the last one was chosen.
    pub(super) const fn next_suffix(&self, base: u64) -> u32 {
        let mut i = self.cursor.counted;
        while i > 0 {
            i -= 1;
            if self.counted[i].base == base && self.counted[i].dropped == 0 {
                return self.counted[i].suffix + 1;
            }
        }
        0
    }

    /// Drops the entries of sub-scopes, when scope number `scope` closes that was entered by name.
    pub(super) const fn drop_below(&mut self, scope: u32) {
        let mut i = 0;
        while i < self.cursor.counted {
            if self.counted[i].dropped == 0 && self.is_below(self.counted[i].scope, scope) {
                self.counted[i].dropped = 1 + self.cursor.objects;
            }
            i += 1;
        }
    }

    /// Takes back what happened below scope objects, when a scope closes that was entered below `objects` of them: of the entries
    /// since `mark` those made deeper go, and what was dropped deeper counts again.
    pub(super) const fn restore(&mut self, mark: usize, objects: u32) {
        let all = self.cursor.counted;
        let mut kept = mark;
        let mut i = mark;
        while i < all {
            let entry = self.counted[i];
            if entry.objects <= objects {
                self.counted[kept] = entry;
                kept += 1;
            } else if entry.is_loose {
                self.cursor.loose -= 1;
            }
            i += 1;
        }
        self.cursor.counted = kept;
        let mut i = 0;
        while i < kept {
            if self.counted[i].dropped > 1 + objects {
                self.counted[i].dropped = 0;
            }
            i += 1;
        }
    }

    /// Whether the path of scope `inner` begins with that of `outer` and goes on.
    const fn is_below(&self, inner: u32, outer: u32) -> bool {
        let outer = self.scopes[outer as usize].hash;
        let mut at = inner;
        while !self.scopes[at as usize].is_root() {
            let parent = self.scopes[at as usize].parent;
            let above = self.scopes[parent as usize].hash;
            let name = self.scopes[at as usize].name.read(self.text).as_bytes();
            let mut i = 0;
            while i < name.len() {
                if name[i] == b'/' && above.join(&Hash::of_bytes(name.split_at(i).0)).same(&outer) {
                    return true;
                }
                i += 1;
            }
            at = parent;
            if !self.scopes[at as usize].is_root() && above.same(&outer) {
                return true;
            }
        }
        false
    }
}
