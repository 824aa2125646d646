//! Steps that compute the same of the same: the first is kept.

use super::{outputs, redirect};
use crate::{
    engine::plan::{Plan, Step},
    ops::Op,
};
use foldhash::HashMap;
use std::{
    iter::successors,
    mem::{Discriminant, discriminant},
};

pub(super) fn share(plan: &mut Plan) {
    // The last step that is kept of each op on some first and last operand, and for each step the one before it of the same.
    let mut last: HashMap<(Discriminant<Op>, [Option<usize>; 2]), usize> = HashMap::default();
    let mut earlier: Vec<Option<usize>> = vec![None; plan.steps.len()];
    let mut gone = vec![false; plan.steps.len()];
    let mut to: HashMap<usize, usize> = HashMap::default();
    for index in 0..plan.steps.len() {
        for input in &mut plan.steps[index].inputs {
            input.0 = to.get(&input.0).copied().unwrap_or(input.0);
        }
        let step = &plan.steps[index];
        if !step.op.is_pure() {
            continue;
        }
        let key =
            (discriminant(&step.op), [step.inputs.first(), step.inputs.last()].map(|input| input.map(|input| input.0)));
        let known = last.get(&key).copied();
        let like = successors(known, |&other| earlier[other]).find(|&other| are_alike(&plan.steps[other], step));
        match like {
            Some(first) => {
                gone[index] = true;
                to.extend(outputs(step).zip(plan.steps[first].output..));
            }
            None => {
                earlier[index] = known;
                last.insert(key, index);
            }
        }
    }
    let mut gone = gone.into_iter();
    plan.steps.retain(|_| !gone.next().expect("a mark for each step"));
    redirect(plan, &to);
}

/// `Debug` shows all attributes of an op that is pure; outputs of different types or shapes are different values.
fn are_alike(a: &Step, b: &Step) -> bool {
    let shown = |step: &Step| format!("{:?} {:?}", step.op, step.specs);
    let read_the_same = a.inputs.iter().map(|input| input.0).eq(b.inputs.iter().map(|input| input.0));
    read_the_same && shown(a) == shown(b)
}
