//! What is computed of single numbers waits until somebody needs it: a loss that a run is asked for is divided, or weighed against another,
//! after the gradients of what it was summed of, which stands before them otherwise and keeps them out of one chain.

use super::{Makers, alike::spec_of, readers};
use crate::{
    engine::plan::{Plan, Step},
    ops::Op,
};

pub(super) fn wait(plan: &mut Plan) {
    let waits = waiting(plan);
    if !waits.contains(&true) {
        return;
    }
    let read = readers(plan);
    let makers = Makers::of(plan);
    // The step that each is to stand before: the first that reads what it makes, or what waits for that.
    let mut before: Vec<usize> = (0..plan.steps.len()).collect();
    let mut needed = vec![usize::MAX; plan.steps.len()];
    for index in (0..plan.steps.len()).rev() {
        let step = &plan.steps[index];
        // What nobody reads was asked for as an operation, which others may stand behind.
        if waits[index] && read[step.output] > 0 {
            before[index] = needed[index];
        }
        for made in step.inputs.iter().filter_map(|input| makers.get(input.0)) {
            needed[made] = needed[made].min(before[index]);
        }
    }
    let mut order: Vec<usize> = (0..plan.steps.len()).collect();
    // One that stands where it stood comes behind those that wait for it.
    order.sort_by_key(|&index| (before[index], before[index] == index, index));
    let mut steps: Vec<Option<Step>> = std::mem::take(&mut plan.steps).into_iter().map(Some).collect();
    plan.steps.extend(order.into_iter().filter_map(|index| steps[index].take()));
}

/// Which steps make one number of others and cannot fail.
fn waiting(plan: &Plan) -> Vec<bool> {
    let can = |op: &Op| {
        matches!(
            op,
            Op::Unary(_)
                | Op::Arithmetic(_)
                | Op::Compare(_)
                | Op::Logical(_)
                | Op::LogicalNot(_)
                | Op::Select(_)
                | Op::Cast(_)
        )
    };
    if !plan.steps.iter().any(|step| can(&step.op)) {
        return Vec::new();
    }
    let makers = Makers::of(plan);
    let is_number = |place: usize| {
        spec_of(plan, &makers, place).is_some_and(|spec| spec.shape.has_rank() && spec.shape.rank() == 0)
    };
    // Whole numbers cannot be divided by zero.
    let fails = |step: &Step| matches!(step.op, Op::Arithmetic(_)) && !step.specs[0].dtype.is_float();
    let waits = |step: &Step| {
        can(&step.op) && !fails(step) && is_number(step.output) && step.inputs.iter().all(|input| is_number(input.0))
    };
    plan.steps.iter().map(waits).collect()
}
