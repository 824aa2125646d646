//! A product of matrices whose second is laid out, and the chains that read it or equal parts of its columns: one step, which does not store
//! the product. What these chains yield and a step joins side by side is stored there at once. Where the next such step reads what was made
//! row by row, as that of a recurrent layer's next step does, several are one: threads wait for each other after all of them.

use super::{
    Makers,
    alike::shape_of,
    joining::{Joined, joined},
    outputs, readers, redirect,
};
use crate::{
    dtype::DType,
    engine::{
        plan::{Plan, Step},
        product_chain::ProductChain,
    },
    ops::Op,
};
use foldhash::HashMap;
use std::collections::BTreeMap;

/// The most elements of the second matrix: all threads go over the whole of it for every few rows, from their second-level caches.
const MOST: usize = 1 << 18;

/// The fewest elements of a row that chains go over: shorter ones are better taken many at a time, as chains of their own do.
const SHORTEST: usize = 32;

/// The most products in one step: what they read and make is held until all are done.
pub(super) const TURNS: usize = 8;

pub(super) fn fuse(plan: &mut Plan) {
    if !plan.steps.iter().any(|step| matches!(step.op, Op::Chain(_))) {
        return;
    }
    let of = Seen::of(plan);
    let mut taken = vec![false; plan.steps.len()];
    // A chain that reads two products goes with the later one: it has waited for the other.
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for product in (0..plan.steps.len()).rev() {
        let Some((last, members)) = of.members(product) else { continue };
        if members.iter().all(|&member| !taken[member]) {
            members.iter().for_each(|&member| taken[member] = true);
            groups.insert(last, members);
        }
    }
    let mut groups = of.in_turns(groups);
    let counts = of.readers;
    if groups.is_empty() {
        return;
    }
    let mut steps: Vec<Option<Step>> = std::mem::take(&mut plan.steps).into_iter().map(Some).collect();
    let mut to: HashMap<usize, usize> = HashMap::default();
    for index in 0..steps.len() {
        match groups.remove(&index) {
            Some(members) => {
                let members = members.into_iter().map(|at| steps[at].take().expect("a step is in one group")).collect();
                let step = joined(members, &counts, plan.places, &mut to, |Joined { steps, inputs, results }| {
                    ProductChain::new(steps, inputs.len(), results).into()
                });
                plan.places += step.specs.len();
                plan.steps.push(step);
            }
            None if taken[index] => {}
            None => plan.steps.extend(steps[index].take()),
        }
    }
    redirect(plan, &to);
}

/// What is looked up of a plan.
struct Seen<'p> {
    plan: &'p Plan,
    makers: Makers,
    readers: Vec<usize>,
    /// The steps that read each place, once for each time that they do.
    read_by: HashMap<usize, Vec<usize>>,
}

impl Seen<'_> {
    fn of(plan: &Plan) -> Seen<'_> {
        let mut read_by: HashMap<usize, Vec<usize>> = HashMap::default();
        for (index, step) in plan.steps.iter().enumerate() {
            step.inputs.iter().for_each(|input| read_by.entry(input.0).or_default().push(index));
        }
        Seen { plan, makers: Makers::of(plan), readers: readers(plan), read_by }
    }

    /// The steps that go with this product, itself first, then its splitting, chains and joinings; and which of the chains is the last.
    fn members(&self, product: usize) -> Option<(usize, Vec<usize>)> {
        let step = &self.plan.steps[product];
        let Op::FusedMatMul(op) = &step.op else { return None };
        let second = shape_of(self.plan, &self.makers, step.inputs[1].0).filter(|shape| shape.is_fully_defined())?;
        let is_matrix = |step: &Step| step.specs[0].dtype == DType::F32 && step.specs[0].shape.rank() == 2;
        if op.product.transpose_a
            || op.relu
            || op.laid_out.is_none()
            || !is_matrix(step)
            || second.elements().is_none_or(|elements| elements > MOST)
        {
            return None;
        }
        let mut members = vec![product];
        let mut read = vec![step.output];
        let mut width = step.specs[0].shape.size(1)?;
        if let Some(&[splitting]) = self.read_by.get(&step.output).map(Vec::as_slice)
            && let Op::Split(split) = &self.plan.steps[splitting].op
            && matches!(split.axis, 1 | -1)
            && self.readers[step.output] == 1
        {
            members.push(splitting);
            width /= split.count.max(1);
            read = outputs(&self.plan.steps[splitting]).collect();
        }
        if width < SHORTEST {
            return None;
        }
        let mut chains: Vec<usize> = Vec::new();
        for place in read {
            let by = self.read_by.get(&place).map(Vec::as_slice).unwrap_or_default();
            if by.len() != self.readers[place] {
                return None;
            }
            chains.extend(by);
        }
        chains.sort_unstable();
        chains.dedup();
        let last = *chains.last()?;
        // One that yields a number for all rows would have to wait for them.
        let is_chain = |&chain: &usize| {
            let step = &self.plan.steps[chain];
            matches!(step.op, Op::Chain(_))
                && step.specs.iter().all(|spec| spec.shape.has_rank() && spec.shape.rank() > 0)
        };
        let results = |&chain: &usize| outputs(&self.plan.steps[chain]);
        let waits = |place: usize| self.read_by.get(&place).into_iter().flatten().all(|&reader| reader > last);
        if !chains.iter().all(is_chain) || !chains.iter().flat_map(results).all(waits) {
            return None;
        }
        let made: Vec<usize> = chains.iter().flat_map(results).collect();
        let joins = |&joining: &usize| {
            let step = &self.plan.steps[joining];
            let Op::Concat(op) = &step.op else { return false };
            matches!(op.axis, 1 | -1)
                && is_matrix(step)
                && step.inputs.iter().all(|input| made.contains(&input.0) && self.readers[input.0] == 1)
        };
        let mut joinings: Vec<usize> =
            made.iter().filter_map(|place| self.read_by.get(place)).flatten().copied().collect();
        joinings.sort_unstable();
        joinings.dedup();
        joinings.retain(joins);
        members.extend(chains);
        members.extend(joinings);
        Some((last, members))
    }

    /// Groups of which one reads what another made as one, in the place of the first: by these places.
    fn in_turns(&self, groups: BTreeMap<usize, Vec<usize>>) -> HashMap<usize, Vec<usize>> {
        // Where each step will be.
        let mut place: Vec<usize> = (0..self.plan.steps.len()).collect();
        groups.iter().for_each(|(&at, members)| members.iter().for_each(|&member| place[member] = at));
        let mut in_turns: Vec<(usize, Vec<usize>, usize)> = Vec::new();
        for (at, members) in groups {
            match in_turns.last_mut() {
                Some((first, before, turns)) if *turns < TURNS && self.follows(&members, *first, &place) => {
                    members.iter().for_each(|&member| place[member] = *first);
                    before.extend(members);
                    *turns += 1;
                }
                _ => in_turns.push((at, members, 1)),
            }
        }
        in_turns.into_iter().map(|(at, members, _)| (at, members)).collect()
    }

    /// Whether these steps read what was made at `first`, by rows, and else nothing that is made there or later but by themselves.
    fn follows(&self, members: &[usize], first: usize, place: &[usize]) -> bool {
        let mut reads = false;
        let fits = members.iter().all(|&member| {
            let step = &self.plan.steps[member];
            step.inputs.iter().enumerate().all(|(k, input)| match self.makers.get(input.0) {
                Some(maker) if members.contains(&maker) => true,
                Some(maker) if place[maker] == first => {
                    reads = true;
                    matches!(step.op, Op::Chain(_)) || matches!(step.op, Op::FusedMatMul(_)) && k == 0
                }
                Some(maker) => place[maker] < first,
                None => true,
            })
        });
        fits && reads
    }
}
