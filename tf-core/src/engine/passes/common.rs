//! Steps that compute the same of the same: the first is kept.

use super::{outputs, redirect};
use crate::engine::plan::Plan;
use std::collections::HashMap;

pub(super) fn share(plan: &mut Plan) {
    let mut first: HashMap<(String, Vec<usize>), usize> = HashMap::new();
    let mut to: HashMap<usize, usize> = HashMap::new();
    let steps = std::mem::take(&mut plan.steps);
    for mut step in steps {
        for input in &mut step.inputs {
            input.0 = to.get(&input.0).copied().unwrap_or(input.0);
        }
        if !step.op.is_pure() {
            plan.steps.push(step);
            continue;
        }
        // `Debug` shows all attributes of an op that is pure; outputs of different types or shapes are different values.
        let what = format!("{:?} {:?}", step.op, step.specs);
        let key = (what, step.inputs.iter().map(|input| input.0).collect());
        match first.get(&key) {
            Some(&kept) => to.extend(outputs(&step).zip(kept..)),
            None => {
                first.insert(key, step.output);
                plan.steps.push(step);
            }
        }
    }
    redirect(plan, &to);
}
