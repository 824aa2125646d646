//! Reads of one variable with nothing between them that changes it: the first is kept.

use super::redirect;
use crate::{engine::plan::Plan, ops::Op};
use foldhash::HashMap;

pub(super) fn share(plan: &mut Plan) {
    // The place of each variable's value, while it is as it was read.
    let most = plan.variables.iter().max().map_or(0, |&most| most as usize + 1);
    let mut read: Vec<Option<usize>> = vec![None; most];
    let mut to: HashMap<usize, usize> = HashMap::default();
    let feeds = plan.feeds.clone();
    plan.steps.retain(|step| {
        let Op::ReadVariable(op) = &step.op else {
            for variable in step.op.variable().iter().chain(step.op.further_variables()) {
                read[*variable as usize] = None;
            }
            return true;
        };
        if feeds.contains(&step.output) {
            return true;
        }
        let first = *read[op.variable as usize].get_or_insert(step.output);
        if first != step.output {
            to.insert(step.output, first);
        }
        first == step.output
    });
    redirect(plan, &to);
}
