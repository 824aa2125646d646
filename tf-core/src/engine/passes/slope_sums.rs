//! The slope of a bias, which is the sum of each channel of the slope of a convolution's images behind it: its kernel sums up what it stores.

use super::{Makers, readers, redirect};
use crate::{
    engine::plan::Plan,
    ops::{Op, nn::GatedConvGradient},
};
use foldhash::HashMap;

pub(super) fn fuse(plan: &mut Plan) {
    if !plan.steps.iter().any(|step| matches!(step.op, Op::GatedConvGradient(_))) {
        return;
    }
    let (readers, makers) = (readers(plan), Makers::of(plan));
    let mut to: HashMap<usize, usize> = HashMap::default();
    let mut gone = vec![false; plan.steps.len()];
    for (index, gone) in gone.iter_mut().enumerate() {
        let sum = &plan.steps[index];
        if !matches!(sum.op, Op::SumLike(_)) || readers[sum.output] == 0 {
            continue;
        }
        let Some(made) = makers.get(sum.inputs[0].0) else { continue };
        let Op::GatedConvGradient(of) = &plan.steps[made].op else { continue };
        let (sums, channels) = (sum.specs[0], plan.steps[made].specs[0].shape);
        let fits = channels.has_rank()
            && sums.shape.has_rank()
            && sums.shape.is_fully_defined()
            && channels.dims().last().is_some_and(|channels| sums.shape.dims() == [*channels]);
        if of.sums || !fits {
            continue;
        }
        to.insert(plan.steps[made].output, plan.places);
        to.insert(sum.output, plan.places + 1);
        *gone = true;
        let op = GatedConvGradient { sums: true, ..**of }.into();
        let step = &mut plan.steps[made];
        (step.op, step.output) = (op, plan.places);
        step.specs.push(sums);
        plan.places += 2;
    }
    let mut gone = gone.into_iter();
    plan.steps.retain(|_| !gone.next().expect("a mark for each step"));
    redirect(plan, &to);
}
