//! Steps that compute the same of the same: the first is kept.

use super::{outputs, redirect};
use crate::engine::plan::{Plan, Step};
use foldhash::HashMap;

pub(super) fn share(plan: &mut Plan) {
    // Steps that are kept, by what is quickly compared: few are like another in it.
    let mut kept: HashMap<(&'static str, Vec<usize>), Vec<usize>> = HashMap::default();
    let mut to: HashMap<usize, usize> = HashMap::default();
    let steps = std::mem::take(&mut plan.steps);
    for mut step in steps {
        for input in &mut step.inputs {
            input.0 = to.get(&input.0).copied().unwrap_or(input.0);
        }
        if !step.op.is_pure() {
            plan.steps.push(step);
            continue;
        }
        let key = (step.op.type_name(), step.inputs.iter().map(|input| input.0).collect());
        let alike = kept.entry(key).or_default();
        match alike.iter().find(|&&first| are_alike(&plan.steps[first], &step)) {
            Some(&first) => to.extend(outputs(&step).zip(plan.steps[first].output..)),
            None => {
                alike.push(plan.steps.len());
                plan.steps.push(step);
            }
        }
    }
    redirect(plan, &to);
}

/// `Debug` shows all attributes of an op that is pure; outputs of different types or shapes are different values.
fn are_alike(a: &Step, b: &Step) -> bool {
    let shown = |step: &Step| format!("{:?} {:?}", step.op, step.specs);
    shown(a) == shown(b)
}
