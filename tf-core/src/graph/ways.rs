//! The ways to calls of `get_variable`: calls of layers, and outside of them openings of scopes, each kept once however often it is passed.

use crate::registry::calls::{Call, written};
use foldhash::HashMap;
use std::{mem::MaybeUninit, panic::Location};

/// The steps, and their numbers.
#[derive(Clone, Default)]
pub(crate) struct Ways {
    /// As the register takes them; all of them are written.
    pub(super) table: Vec<MaybeUninit<Call>>,
    known: HashMap<(u32, &'static Location<'static>), u32>,
}

impl Ways {
    /// The number of the step that leads on from `from` by what stands at `at`.
    pub(super) fn step(&mut self, from: u32, at: &'static Location<'static>) -> u32 {
        *self.known.entry((from, at)).or_insert_with(|| {
            self.table.push(MaybeUninit::new(Call { at, from }));
            self.table.len() as u32
        })
    }

    pub(super) fn steps(&self) -> &[Call] {
        written(&self.table, self.table.len())
    }
}
