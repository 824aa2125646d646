//! A squared difference whose slope is asked for as well is the square of the difference that the slope is made of, so that both are of one
//! chain.

use super::alike::Alike;
use crate::{
    dtype::DType,
    engine::plan::{Plan, Reads, Step},
    ops::{Arithmetic, Op, Unary},
};

pub(super) fn square(plan: &mut Plan) {
    let is = |step: &Step, op: Arithmetic| matches!(&step.op, Op::Arithmetic(of) if *of == op);
    if !plan.steps.iter().any(|step| is(step, Arithmetic::SquaredDifference)) {
        return;
    }
    let alike = Alike::of(plan);
    let mut index = 0;
    while index < plan.steps.len() {
        let step = &plan.steps[index];
        // Of one shape, so that no mistake is told of the difference in place of the square; of halves the difference would be rounded.
        if is(step, Arithmetic::SquaredDifference)
            && matches!(step.specs[0].dtype, DType::F32 | DType::F64)
            && alike.are(step.inputs[0].0, step.inputs[1].0)
        {
            let read = |step: &Step| [0, 1].map(|k| step.inputs[k].0);
            let difference =
                plan.steps.iter().position(|other| is(other, Arithmetic::Sub) && read(other) == read(step));
            if let Some(at) = difference {
                let difference = plan.steps[at].output;
                if at > index {
                    let step = plan.steps.remove(at);
                    plan.steps.insert(index, step);
                    index += 1;
                }
                let step = &mut plan.steps[index];
                (step.op, step.inputs) = (Unary::SQUARE.into(), Reads::from_iter([(difference, false)]));
            }
        }
        index += 1;
    }
}
