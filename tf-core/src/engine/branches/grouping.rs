//! Which steps need each other.

use super::search::{Branch, Search};
use crate::engine::{passes::outputs, plan::Plan};
use foldhash::HashMap;
use std::ops::Range;

/// Branches, as steps are added: those of one need nothing of those of another.
pub(super) struct Branches {
    first: usize,
    /// For each place, the step that fills it.
    maker: Vec<Option<usize>>,
    /// For each step from the first on, another of its branch, or itself; none if it is in no branch.
    up: Vec<Option<usize>>,
    /// What the branch takes, for the step that leads to itself; what a step in no branch takes until a branch reads it.
    takes: Vec<usize>,
    /// For each place, the first step as it was when one that was added was found to read it.
    read: Vec<Option<usize>>,
    /// What the longest branch takes, all of them, and all of them where kernels share out what is large.
    pub(super) longest: usize,
    pub(super) all: usize,
    pub(super) shared: usize,
}

impl Branches {
    pub(super) fn new(plan: &Plan) -> Branches {
        let mut maker = vec![None; plan.places];
        for (index, step) in plan.steps.iter().enumerate() {
            maker[outputs(step)].fill(Some(index));
        }
        let (read, up, takes) = (vec![None; plan.places], Vec::new(), Vec::new());
        Branches { first: 0, maker, up, takes, read, longest: 0, all: 0, shared: 0 }
    }

    /// None, before this step.
    pub(super) fn begin(&mut self, first: usize) {
        (self.first, self.longest, self.all, self.shared) = (first, 0, 0, 0);
        self.up.clear();
        self.takes.clear();
    }

    /// The step, from the first on, that leads to itself.
    fn root(&mut self, mut step: usize) -> Option<usize> {
        while let Some(up) = self.up[step - self.first].filter(|&up| up != step) {
            let above = self.up[up - self.first];
            self.up[step - self.first] = above;
            step = up;
        }
        self.up[step - self.first].map(|_| step)
    }

    /// The next step: a branch, with those that it needs. What computes nothing and needs no branch is in none: it is taken for whoever reads
    /// it.
    pub(super) fn add(&mut self, search: &Search<'_>, index: usize) {
        let step = &search.plan.steps[index];
        let takes_from_others = |&(place, last): &(usize, bool)| last && self.read[place] == Some(self.first);
        let computes = search.noted.work[index] > 0 || step.inputs.iter().any(takes_from_others);
        self.up.push(computes.then_some(index));
        let mut takes = search.alone[index];
        let (mut of_idle, mut needed) = (0, 0);
        for &(place, _) in &step.inputs {
            let Some(maker) = self.maker[place].filter(|&maker| maker >= self.first) else { continue };
            match self.root(maker) {
                Some(root) if root == index => {}
                Some(root) => {
                    self.up[index - self.first] = Some(index);
                    self.up[root - self.first] = Some(index);
                    needed += self.takes[root - self.first];
                }
                // The first that reads it is thought to have it.
                None => of_idle += std::mem::take(&mut self.takes[maker - self.first]),
            }
        }
        takes += of_idle;
        self.takes.push(takes + needed);
        step.inputs.iter().for_each(|input| self.read[input.0] = Some(self.first));
        if self.up[index - self.first].is_some() {
            self.longest = self.longest.max(takes + needed);
            self.all += takes;
            self.shared += search.shared[index] + of_idle;
        }
    }

    /// What each branch of these steps takes, and its steps in their order.
    pub(super) fn taken(&mut self, steps: Range<usize>) -> Vec<Branch> {
        let mut of: HashMap<usize, Vec<usize>> = HashMap::default();
        for step in steps {
            if let Some(root) = self.root(step) {
                of.entry(root).or_default().push(step);
            }
        }
        of.into_iter().map(|(root, steps)| (self.takes[root - self.first], steps)).collect()
    }
}
