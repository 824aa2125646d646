//! Where forks save time.

use super::{Fork, Lane, Noted, cost, grouping::Branches};
use crate::{
    engine::{
        passes::outputs,
        plan::{Plan, Step, Use},
    },
    ops::Op,
};
use std::{cmp::Reverse, ops::Range};

/// As many steps are looked at together.
const FARTHEST: usize = 256;

/// The forks of a plan, by what a run has noted.
pub(in crate::engine) fn forks(plan: &Plan, noted: &Noted) -> Vec<Fork> {
    let mut forks = Vec::new();
    if noted.threads < 2 {
        return forks;
    }
    let search = Search::new(plan, noted);
    let mut branches = Branches::new(plan);
    let mut first = 0;
    while first < plan.steps.len() {
        let Some(end) = search.best_end(&mut branches, first) else {
            first += 1;
            continue;
        };
        forks.extend(search.fork(&mut branches, first..end));
        first = end;
    }
    #[cfg(any(test, debug_assertions))]
    super::verify::verify(plan, &forks);
    forks
}

/// Whether what waits for what leaves anything to be saved, however many threads there are: a look at each step, which is all there is for
/// most plans.
pub(super) fn may_save(plan: &Plan, work: &[usize]) -> bool {
    cost::RATES.into_iter().all(|rate| {
        let mut there = vec![0; plan.places];
        let (mut in_turn, mut longest) = (0, 0);
        for (step, &work) in plan.steps.iter().zip(work) {
            let takes = cost::alone(work, rate);
            let ends = takes + step.inputs.iter().map(|input| there[input.0]).max().unwrap_or(0);
            there[outputs(step)].fill(ends);
            longest = longest.max(ends);
            in_turn += takes;
        }
        cost::saved(cost::forked(longest), in_turn).is_some()
    })
}

/// Whether one of these steps changes a variable. What one thread changes and others read comes late to them in each run, so that what is
/// trained gains nothing by forks.
pub(in crate::engine) fn changes_variables(steps: &[Step]) -> bool {
    steps.iter().any(|step| step.op.variable().is_some() && !matches!(step.op, Op::ReadVariable(_)))
}

/// Whether a step does nothing but compute its values, whenever it is taken: it draws no numbers and reads no file.
fn is_still(op: &Op) -> bool {
    op.seeds().is_none() && !matches!(op, Op::Restore(_) | Op::Transfer(_))
}

pub(super) struct Search<'p> {
    pub(super) plan: &'p Plan,
    pub(super) noted: &'p Noted,
    /// What each step takes one thread at the fastest rate, and what it takes where kernels share out what is large.
    pub(super) alone: Vec<usize>,
    pub(super) shared: Vec<usize>,
}

impl Search<'_> {
    fn new<'p>(plan: &'p Plan, noted: &'p Noted) -> Search<'p> {
        let rate = cost::RATES[1];
        let alone = noted.work.iter().map(|&work| cost::alone(work, rate)).collect();
        let shared = noted.work.iter().map(|&work| cost::shared(work, rate, noted.threads)).collect();
        Search { plan, noted, alone, shared }
    }

    /// The end of the steps from the first on that save the most beside each other, if some do.
    fn best_end(&self, branches: &mut Branches, first: usize) -> Option<usize> {
        branches.begin(first);
        let still = (first..self.plan.steps.len()).take_while(|&index| is_still(&self.plan.steps[index].op));
        let mut best = None;
        for index in still.take(FARTHEST) {
            branches.add(self, index);
            let longest = branches.longest.max(branches.all.div_ceil(self.noted.threads));
            let saved = cost::saved(cost::forked(longest), branches.shared);
            // Of two that save as much the shorter is taken.
            if saved > best.map(|(saved, _)| saved) {
                best = saved.map(|saved| (saved, index + 1));
            }
        }
        best.map(|(_, end)| end)
    }

    /// The fork of these steps, if it is still worth it with branches as long as they are, however fast the kernels are.
    fn fork(&self, branches: &mut Branches, steps: Range<usize>) -> Option<Fork> {
        branches.begin(steps.start);
        steps.clone().for_each(|index| branches.add(self, index));
        let mut lane_of = vec![None; steps.len()];
        let lanes = share_out(branches.taken(steps.clone()), self.noted.threads);
        for (lane, branch_steps) in lanes.iter().enumerate() {
            branch_steps.iter().for_each(|step| lane_of[step - steps.start] = Some(lane));
        }
        self.give_idle(&steps, &mut lane_of);
        let of = |lane| steps.clone().filter(|step| lane_of[step - steps.start] == lane).collect::<Vec<_>>();
        let lanes: Vec<Vec<usize>> = (0..lanes.len()).map(|lane| of(Some(lane))).collect();
        let others = lanes.iter().skip(1).map(|steps| self.lane(steps)).collect();
        let own = lanes.into_iter().next()?;
        let mut fork = Fork { first: of(None), steps, own, others, takes: (0, 0) };
        for rate in cost::RATES {
            fork.takes = self.takes(&fork, rate);
            cost::saved(fork.takes.0, fork.takes.1)?;
        }
        Some(fork)
    }

    /// Has each step that is in no lane taken in that of the only ones that read it.
    fn give_idle(&self, steps: &Range<usize>, lane_of: &mut [Option<usize>]) {
        for index in steps.clone().rev() {
            let own = outputs(&self.plan.steps[index]);
            let reads = |step: &usize| self.plan.steps[*step].inputs.iter().any(|input| own.contains(&input.0));
            let at = index - steps.start;
            if lane_of[at].is_none() {
                let mut readers = (index + 1..steps.end).filter(reads).map(|step| lane_of[step - steps.start]);
                let first = readers.next().flatten();
                lane_of[at] = first.filter(|_| readers.all(|lane| lane == first));
            }
        }
    }

    /// The lane of another thread, with what it reads and fills for others.
    fn lane(&self, steps: &[usize]) -> Lane {
        let mut made: Vec<usize> = steps.iter().flat_map(|&step| outputs(&self.plan.steps[step])).collect();
        let read = || steps.iter().flat_map(|&step| self.plan.steps[step].inputs.iter().copied());
        let is_last = |place: usize| read().any(|input| input == (place, true));
        let lasting = |place: usize| self.plan.uses[place] == Use::Lasting;
        let mut given: Vec<usize> = read().map(|input| input.0).collect();
        given.sort_unstable();
        given.dedup();
        given.retain(|&place| !made.contains(&place) && !lasting(place));
        made.retain(|&place| self.plan.uses[place] != Use::None && !is_last(place));
        Lane { steps: steps.to_vec(), given: given.into_iter().map(|place| (place, is_last(place))).collect(), made }
    }

    /// What a fork takes at a rate, with what crosses between threads, and what its steps take one after the other.
    fn takes(&self, fork: &Fork, rate: usize) -> (usize, usize) {
        let work = |step: &usize| self.noted.work[*step];
        let alone = |steps: &[usize]| steps.iter().map(|step| cost::alone(work(step), rate)).sum::<usize>();
        let shared = |steps: &[usize]| {
            steps.iter().map(|step| cost::shared(work(step), rate, self.noted.threads)).sum::<usize>()
        };
        let crossing = |place: &usize| if self.is_read(*place) { 0 } else { cost::crossing(self.noted.bytes[*place]) };
        let of_other =
            |lane: &Lane| alone(&lane.steps) + lane.given.iter().map(|(place, _)| crossing(place)).sum::<usize>();
        let longest = fork.others.iter().map(of_other).fold(alone(&fork.own), usize::max);
        let handed_on: usize = fork.others.iter().flat_map(|lane| &lane.made).map(crossing).sum();
        (cost::forked(longest) + handed_on, fork.lanes().map(shared).sum())
    }

    /// Whether the value in a place is a variable's, which each thread may have in its caches.
    fn is_read(&self, place: usize) -> bool {
        let fills = |step: &&Step| outputs(step).contains(&place);
        self.plan.steps.iter().find(fills).is_some_and(|step| matches!(step.op, Op::ReadVariable(_)))
    }
}

/// What a branch takes, and its steps in their order.
pub(super) type Branch = (usize, Vec<usize>);

/// The steps of each lane, if there are branches for so many.
fn share_out(mut branches: Vec<Branch>, most: usize) -> Vec<Vec<usize>> {
    let count = most.min(branches.len());
    // The longest are given first, each to the lane that takes least so far.
    branches.sort_by_key(|branch| (Reverse(branch.0), branch.1[0]));
    let mut lanes = vec![(0, Vec::new()); count];
    for (takes, steps) in &branches {
        if let Some(lane) = lanes.iter_mut().min_by_key(|lane| lane.0) {
            lane.0 += takes;
            lane.1.extend(steps);
        }
    }
    // Neighbours were made one after the other, and lie side by side in memory: one thread has them, if that takes no longer.
    branches.sort_by_key(|branch| branch.1[0]);
    let longest = lanes.iter().map(|lane| lane.0).max().unwrap_or(0);
    let mut neighbours = vec![(0, Vec::new())];
    for (takes, steps) in &branches {
        if neighbours.last().is_some_and(|lane| lane.0 + takes > longest) {
            neighbours.push((0, Vec::new()));
        }
        if let Some(lane) = neighbours.last_mut() {
            lane.0 += takes;
            lane.1.extend(steps);
        }
    }
    if neighbours.len() <= count {
        lanes = neighbours;
    }
    lanes.into_iter().map(|lane| lane.1).collect()
}
