//! Reads of one variable with nothing between them that changes it: the first is kept.

use super::redirect;
use crate::{engine::plan::Plan, ops::Op};
use foldhash::HashMap;

pub(super) fn share(plan: &mut Plan) {
    let mut read: HashMap<u32, usize> = HashMap::default();
    let mut to: HashMap<usize, usize> = HashMap::default();
    let feeds = plan.feeds.clone();
    plan.steps.retain(|step| {
        let Op::ReadVariable(op) = &step.op else {
            for variable in step.op.variable().iter().chain(step.op.further_variables()) {
                read.remove(variable);
            }
            return true;
        };
        if feeds.contains(&step.output) {
            return true;
        }
        let first = *read.entry(op.variable).or_insert(step.output);
        if first != step.output {
            to.insert(step.output, first);
        }
        first == step.output
    });
    redirect(plan, &to);
}
