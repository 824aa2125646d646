//! The ways to calls of `get_variable`: the openings of scopes, each kept once however often it is passed.

use crate::registry::calls::Call;
use std::{collections::HashMap, panic::Location};

/// The steps, and their numbers.
#[derive(Clone, Default)]
pub(crate) struct Ways {
    pub(crate) steps: Vec<Call>,
    known: HashMap<(u32, &'static Location<'static>), u32>,
}

impl Ways {
    /// The number of the step that leads on from `from` by what stands at `at`.
    pub(super) fn step(&mut self, from: u32, at: &'static Location<'static>) -> u32 {
        *self.known.entry((from, at)).or_insert_with(|| {
            self.steps.push(Call { at: Some(at), from });
            self.steps.len() as u32
        })
    }
}
