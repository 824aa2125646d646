//! Steps beside each other: where a plan goes on in branches that need nothing of each other, and that saves time, threads take a branch
//! each.
//!
//! | file | what it does |
//! |---|---|
//! | this one | what a fork is, and which steps are before which others where there are some |
//! | `cost` | about how long steps take |
//! | `search` | where forks save time |
//! | `grouping` | which steps need each other |
//! | `taking` | takes the steps of one |
//! | `verify` | holds forks against what they have to keep |
//!
//! Kernels share out what is large by themselves. So a fork pays where branches are made of many small steps, as those of an ensemble of
//! perceptrons are. Values are the same bits: each step is taken as it would be, its kernels by one thread, and their results do not depend on
//! how many threads there are. Of several mistakes that of the first step is told, as if all were taken in their order.
//!
//! What a fork saves depends on the sizes of what is fed. So the second run on inputs of some sizes notes about how much work each step is.
//! If that says that there are to be forks, the third run takes their lanes one after the other to note memory, and those that follow take
//! them beside each other.

mod cost;
mod grouping;
mod search;
mod taking;
#[cfg(test)]
mod tests;
#[cfg(any(test, debug_assertions))]
mod verify;

pub(super) use search::{changes_variables, forks};
pub(super) use taking::{LaneSpace, take_fork};

use super::{
    passes::outputs,
    plan::{Plan, Step},
};
use crate::value::Value;
use std::ops::Range;
use tf_kernels::threads::threads;

/// What a run has noted.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// The work of each step, in elementary operations.
    work: Vec<usize>,
    /// The bytes of the value in each place.
    bytes: Vec<usize>,
    /// How many threads there are for kernels.
    threads: usize,
}

impl Noted {
    /// What a run has noted that begins with these values.
    pub(super) fn begin(places: &[Option<Value>]) -> Noted {
        Noted { work: Vec::new(), bytes: places.iter().map(bytes_in).collect(), threads: 1 }
    }

    /// Notes a step whose kernels have done so much work; it has asked for memory, or has handed on what it was given.
    pub(super) fn step(&mut self, step: &Step, work: usize, asked: bool, places: &[Option<Value>]) {
        let outputs = outputs(step);
        for place in outputs.clone() {
            self.bytes[place] = bytes_in(&places[place]);
        }
        // What no kernel does, such as filling memory with one value, is as much as moving it.
        let moved = if asked { self.bytes[outputs].iter().sum::<usize>() / 4 } else { 0 };
        self.work.push(work.max(moved));
    }

    /// Ends a run of this plan. Where nothing can be saved it counts one thread: to ask how many there are starts them.
    pub(super) fn end(&mut self, plan: &Plan) {
        self.threads = if search::may_save(plan, &self.work) { threads() } else { 1 };
    }
}

fn bytes_in(place: &Option<Value>) -> usize {
    place.as_ref().map_or(0, |value| value.len() * value.dtype().size())
}

/// Steps that follow each other in a plan, and how threads take them.
#[derive(Debug)]
pub(crate) struct Fork {
    pub(super) steps: Range<usize>,
    /// Those that compute nothing for one lane alone, such as reads of variables that several lanes need: taken before the lanes.
    pub(super) first: Vec<usize>,
    /// The lane of the thread that runs the plan: it works where the other steps of the run do.
    pub(super) own: Vec<usize>,
    /// Those of other threads.
    pub(super) others: Vec<Lane>,
    /// Nanoseconds that it is estimated to take, and what its steps would take one after the other.
    pub(super) takes: (usize, usize),
}

/// The part of a fork that another thread takes: mostly the same one in each run, which then has the lane's variables in its caches.
#[derive(Debug)]
pub(super) struct Lane {
    /// The steps, in their order.
    pub(super) steps: Vec<usize>,
    /// The places it reads that are filled before, and whether it is the last to read them.
    pub(super) given: Vec<(usize, bool)>,
    /// The places it fills that are read later, or fetched.
    pub(super) made: Vec<usize>,
}

impl Fork {
    /// The steps of each lane, beginning with the own.
    pub(super) fn lanes(&self) -> impl Iterator<Item = &[usize]> {
        std::iter::once(&self.own[..]).chain(self.others.iter().map(|lane| &lane.steps[..]))
    }

    /// A line for the whole, then one for each lane, with the names of these steps.
    pub(super) fn show<'n>(&self, name: impl Fn(usize) -> &'n str) -> String {
        let list = |steps: &[usize]| steps.iter().map(|&step| name(step)).collect::<Vec<_>>().join(", ");
        let (from, to) = (self.steps.start, self.steps.end - 1);
        let [beside, in_turn] = [self.takes.0, self.takes.1].map(|nanos| nanos as f64 / 1e3);
        let mut text = format!("steps {from} to {to}, about {beside:.1} us in place of {in_turn:.1}\n");
        if !self.first.is_empty() {
            text += &format!("    before them: {}\n", list(&self.first));
        }
        for (number, steps) in self.lanes().enumerate() {
            text += &format!("    lane {number}: {}\n", list(steps));
        }
        text
    }
}

/// Which steps are taken before which others, by their numbers among those that ask for memory: what is fed, the steps, the end.
#[derive(Debug)]
pub(super) struct Times {
    /// The stage that each is in, and its lane there. Those of one lane follow each other, those of several lanes of a stage do not.
    /// Nothing where there are no forks: then each is a stage.
    of: Vec<(usize, usize)>,
}

impl Times {
    /// Those of a plan with these forks.
    pub(super) fn new(forks: &[Fork]) -> Times {
        let mut of: Vec<(usize, usize)> = Vec::new();
        for fork in forks {
            of.extend((of.len()..=fork.steps.end).map(|number| (number, 0)));
            for (stage, &step) in (fork.steps.start + 1..).zip(&fork.first) {
                of[step + 1] = (stage, 0);
            }
            for (number, steps) in fork.lanes().enumerate() {
                steps.iter().for_each(|&step| of[step + 1] = (fork.steps.end, number + 1));
            }
        }
        Times { of }
    }

    fn of(&self, step: usize) -> (usize, usize) {
        self.of.get(step).copied().unwrap_or((step, 0))
    }

    /// Whether a step is over when another begins.
    pub(super) fn is_before(&self, step: usize, other: usize) -> bool {
        if self.of.is_empty() {
            return step < other;
        }
        let (a, b) = (self.of(step), self.of(other));
        a.0 < b.0 || a == b && step < other
    }

    /// The stages in all of which there is what is made in one step and given back in another. In lanes it is not known when.
    pub(super) fn throughout(&self, step: usize, until: usize) -> Range<usize> {
        let (from, to) = (self.of(step), self.of(until));
        from.0 + usize::from(from.1 > 0)..to.0 + usize::from(to.1 == 0)
    }
}
