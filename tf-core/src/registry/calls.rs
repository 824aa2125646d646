//! The way to each call of `get_variable`, and which calls share a variable.
//!
//! The way is that of the calls of layers: at build time [`Cx`](crate::check::Cx) carries it from layer to layer, at run time each layer
//! notes who called it ([`called`](crate::graph::called)). Where a graph is built by functions that are no layers, it is that of the
//! openings of scopes.

use super::Registry;
use core::{mem::MaybeUninit, panic::Location};

/// One step of the way: a call of a layer, or the opening of a scope, and the number of the step before; 0 is the start.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    pub(crate) at: &'static Location<'static>,
    pub(crate) from: u32,
}

/// A call of `get_variable` that shares a variable.
#[derive(Clone, Copy)]
pub(crate) struct Shared {
    pub(crate) at: &'static Location<'static>,
    pub(crate) call: u32,
    pub(crate) variable: u32,
}

/// Those of a table that were written: what was not is no value, and costs const evaluation nothing.
pub(crate) const fn written<T: Copy>(table: &[MaybeUninit<T>], filled: usize) -> &[T] {
    let filled = table.split_at(filled).0;
    // SAFETY: a table is filled from its start on, and `filled` counts what was written.
    unsafe { core::slice::from_raw_parts(filled.as_ptr().cast::<T>(), filled.len()) }
}

/// The step of this number, if it is not the start.
pub(crate) const fn step(calls: &[Call], number: u32) -> Option<&Call> {
    if number == 0 || number as usize > calls.len() { None } else { Some(&calls[number as usize - 1]) }
}

impl Registry<'_> {
    /// One step further on the way; the same number where there is no room, so that the way ends early.
    pub(crate) const fn call(&mut self, from: u32, at: &'static Location<'static>) -> u32 {
        let index = self.filled.calls;
        if index == self.calls.len() {
            return from;
        }
        self.calls[index] = MaybeUninit::new(Call { at, from });
        self.filled.calls += 1;
        index as u32 + 1
    }

    const fn steps(&self) -> &[Call] {
        written(self.calls, self.filled.calls)
    }

    /// The place of a step.
    pub(crate) const fn place(&self, number: u32) -> Option<&'static Location<'static>> {
        match step(self.steps(), number) {
            Some(call) => Some(call.at),
            None => None,
        }
    }

    /// Notes a call that shares a variable. Without a place, and beyond what the table holds, they are only counted.
    pub(crate) const fn note_shared(&mut self, variable: u32, at: Option<&'static Location<'static>>) {
        self.variables[variable as usize].calls += 1;
        let index = self.filled.shared;
        if let Some(at) = at
            && index < self.shared.len()
        {
            self.shared[index] = MaybeUninit::new(Shared { at, call: self.cursor.call, variable });
            self.filled.shared += 1;
        }
    }

    /// Where the way to `earlier` leaves the way to here, unless it does so at the same place of the program, as in a loop.
    pub(crate) const fn parting(&self, earlier: u32) -> Option<&'static Location<'static>> {
        let (mut there, mut here) = (earlier, self.cursor.call);
        let (mut depth_there, mut depth_here) = (self.depth(there), self.depth(here));
        // The last step that each was seen at before both are at the same.
        let (mut last_there, mut last_here) = (0, 0);
        while there != here || depth_there != depth_here {
            let (deeper, other_deeper) = (depth_there >= depth_here, depth_here >= depth_there);
            if deeper {
                last_there = there;
                there = before(self.steps(), there);
                depth_there -= 1;
            }
            if other_deeper {
                last_here = here;
                here = before(self.steps(), here);
                depth_here -= 1;
            }
        }
        match (step(self.steps(), last_there), step(self.steps(), last_here)) {
            (Some(there), Some(here)) if same_place(there.at, here.at) => None,
            (Some(there), _) => Some(there.at),
            (None, _) => None,
        }
    }

    const fn depth(&self, mut number: u32) -> u32 {
        let mut depth = 0;
        while let Some(call) = step(self.steps(), number) {
            depth += 1;
            number = call.from;
        }
        depth
    }
}

const fn before(calls: &[Call], number: u32) -> u32 {
    match step(calls, number) {
        Some(call) => call.from,
        None => 0,
    }
}

/// Whether both are one place of the program. (Const evaluation makes each location anew.)
pub(crate) const fn same_place(a: &Location<'_>, b: &Location<'_>) -> bool {
    a.line() == b.line() && a.column() == b.column() && crate::text::str_eq(a.file(), b.file())
}
