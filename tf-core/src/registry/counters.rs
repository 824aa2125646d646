//! How often each scope path was entered: what `default_name` chooses a free suffix by (S13-S15).
//!
//! TensorFlow zeroes the counters of all sub-scopes when a scope that was entered by name closes. Here a path remembers *when*
//! its sub-scopes were zeroed, and a count is stale if that happened after it was made: leaving a scope costs one write.

use super::Registry;
use crate::names::{Hash, Name};

/// A path that was entered, with its count.
#[derive(Clone, Copy)]
pub(crate) struct Path {
    exact: u64,
    parent: u32,
    count: u32,
    /// When the count was last changed.
    counted: u32,
    /// When the counts below this path were last zeroed.
    zeroed: u32,
}

impl Path {
    pub(crate) const ROOT: Path = Path { exact: 0, parent: 0, count: 0, counted: 0, zeroed: 0 };

    /// Its slot in an index of `size` (a power of two) entries.
    pub(crate) const fn slot(&self, size: usize) -> usize {
        (self.exact >> 20) as usize & (size - 1)
    }
}

/// A path as it was before a change below a scope object.
#[derive(Clone, Copy)]
pub(crate) struct Undo {
    index: u32,
    before: Path,
}

impl Undo {
    pub(crate) const NONE: Undo = Undo { index: 0, before: Path::ROOT };
}

impl Registry<'_> {
    /// The path `parent/name`, made if it is new; `None` if the table is full.
    pub(super) const fn path_below(&mut self, parent: u32, parent_hash: Hash, name: &Name<'_>) -> Option<u32> {
        if !name.is_path {
            return self.path_at(parent, parent_hash.join(name.hash));
        }
        let bytes = name.text.as_bytes();
        let mut path = parent;
        let mut i = 0;
        while i < bytes.len() {
            if bytes[i] == b'/' {
                let prefix = parent_hash.join(Hash::of_bytes(bytes.split_at(i).0));
                match self.path_at(path, prefix) {
                    Some(found) => path = found,
                    None => return None,
                }
            }
            i += 1;
        }
        self.path_at(path, parent_hash.join(name.hash))
    }

    const fn path_at(&mut self, parent: u32, hash: Hash) -> Option<u32> {
        let new = Path { exact: hash.exact_value(), parent, ..Path::ROOT };
        let mut slot = new.slot(self.path_slots.len());
        while self.path_slots[slot] != 0 {
            let index = self.path_slots[slot] - 1;
            if self.paths[index as usize].exact == new.exact {
                return Some(index);
            }
            slot = (slot + 1) & (self.path_slots.len() - 1);
        }
        let index = self.standing.paths;
        if index == self.paths.len() {
            return None;
        }
        self.paths[index] = new;
        self.standing.paths += 1;
        self.path_slots[slot] = index as u32 + 1;
        Some(index as u32)
    }

    /// How often the path was entered since a scope around it closed.
    pub(super) const fn count(&self, path: u32) -> u32 {
        let counted = self.paths[path as usize].counted;
        if counted == 0 {
            return 0;
        }
        let mut above = path;
        while above != 0 {
            above = self.paths[above as usize].parent;
            if self.paths[above as usize].zeroed > counted {
                return 0;
            }
        }
        self.paths[path as usize].count
    }

    pub(super) const fn count_entry(&mut self, path: u32) {
        let count = self.count(path) + 1;
        self.remember(path);
        self.standing.clock += 1;
        self.paths[path as usize].count = count;
        self.paths[path as usize].counted = self.standing.clock;
    }

    /// Zeroes the counters of sub-scopes, when the path closes. Its entry remembered what there is to undo.
    pub(super) const fn zero_below(&mut self, path: u32) {
        self.standing.clock += 1;
        self.paths[path as usize].zeroed = self.standing.clock;
    }

    const fn remember(&mut self, path: u32) {
        if self.standing.objects > 0 && self.standing.undone < self.undo.len() {
            self.undo[self.standing.undone] = Undo { index: path, before: self.paths[path as usize] };
            self.standing.undone += 1;
        }
    }

    /// Restores the counters found when a scope object was entered.
    pub(super) const fn restore(&mut self, mark: usize) {
        while self.standing.undone > mark {
            self.standing.undone -= 1;
            let undo = self.undo[self.standing.undone];
            self.paths[undo.index as usize] = undo.before;
        }
    }
}
