//! Steps that compute the same of the same: the first is kept.

use super::{outputs, redirect};
use crate::{
    engine::plan::{Plan, Step},
    ops::Op,
};
use foldhash::{HashMap, fast::FixedState};
use std::{
    hash::BuildHasher,
    iter::successors,
    mem::{Discriminant, discriminant},
};

pub(super) fn share(plan: &mut Plan) {
    // The last step that is kept of each op on some first and last operand, and for each step the one before it of the same.
    let mut last = Last::of(plan.steps.len());
    let mut earlier: Vec<Option<u32>> = vec![None; plan.steps.len()];
    let mut gone = vec![false; plan.steps.len()];
    let mut to: HashMap<usize, usize> = HashMap::default();
    for index in 0..plan.steps.len() {
        if !to.is_empty() {
            for input in &mut plan.steps[index].inputs {
                input.0 = to.get(&input.0).copied().unwrap_or(input.0);
            }
        }
        let step = &plan.steps[index];
        if !step.op.is_pure() {
            continue;
        }
        let slot = last.slot(&plan.steps, step);
        let known = last.0[slot].checked_sub(1);
        let like = successors(known, |&other| earlier[other as usize])
            .find(|&other| are_alike(&plan.steps[other as usize], step));
        match like {
            Some(first) => {
                gone[index] = true;
                to.extend(outputs(step).zip(plan.steps[first as usize].output..));
            }
            None => {
                earlier[index] = known;
                last.0[slot] = index as u32 + 1;
            }
        }
    }
    if to.is_empty() {
        return;
    }
    let mut gone = gone.into_iter();
    plan.steps.retain(|_| !gone.next().expect("a mark for each step"));
    redirect(plan, &to);
}

/// 1 + the number of the last step of each key, where it is found by its hash; 0 where free. A power of two, half of them for all steps.
struct Last(Vec<u32>);

impl Last {
    fn of(steps: usize) -> Last {
        Last(vec![0; (2 * steps).next_power_of_two()])
    }

    /// Where the last step of a step's key is, or will be.
    fn slot(&self, steps: &[Step], step: &Step) -> usize {
        let (key, mask) = (key(step), self.0.len() - 1);
        let mut slot = FixedState::default().hash_one(key) as usize & mask;
        while self.0[slot] != 0 && self::key(&steps[self.0[slot] as usize - 1]) != key {
            slot = (slot + 1) & mask;
        }
        slot
    }
}

/// What steps that are alike have in common: the op, but for its attributes, and the first and the last of what they read.
fn key(step: &Step) -> (Discriminant<Op>, [Option<usize>; 2]) {
    (discriminant(&step.op), [step.inputs.first(), step.inputs.last()].map(|input| input.map(|input| input.0)))
}

/// `Debug` shows all attributes of an op that is pure; outputs of different types or shapes are different values.
fn are_alike(a: &Step, b: &Step) -> bool {
    let shown = |step: &Step| format!("{:?} {:?}", step.op, step.specs);
    let read_the_same = a.inputs.iter().map(|input| input.0).eq(b.inputs.iter().map(|input| input.0));
    read_the_same && shown(a) == shown(b)
}
