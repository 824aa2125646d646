//! The mean over the first axes, and the mean of the squared differences from it: one step, which goes over memory once in place of four
//! times. Both are rounded once, so the variance may differ in its last bits from that of the three steps.

use super::{Makers, alike::shape_of, readers, redirect};
use crate::{
    dtype::DType,
    engine::plan::Plan,
    ops::{Arithmetic, Op, nn::FusedMoments},
};
use foldhash::HashMap;

pub(super) fn fuse(plan: &mut Plan) {
    if !plan.steps.iter().any(|step| matches!(step.op, Op::Reduce(_))) {
        return;
    }
    let (readers, makers) = (readers(plan), Makers::of(plan));
    let mut to: HashMap<usize, usize> = HashMap::default();
    let mut gone = vec![false; plan.steps.len()];
    for index in 0..plan.steps.len() {
        let Some((mean, squares, op)) = moments(plan, &makers, &readers, index) else { continue };
        if gone[mean] {
            continue;
        }
        // The variance is there as soon as the mean.
        to.insert(plan.steps[mean].output, plan.places);
        to.insert(plan.steps[index].output, plan.places + 1);
        (gone[squares], gone[index]) = (true, true);
        let variance = plan.steps[index].specs[0];
        let step = &mut plan.steps[mean];
        (step.op, step.output) = (op.into(), plan.places);
        step.specs.push(variance);
        plan.places += 2;
    }
    let mut gone = gone.into_iter();
    plan.steps.retain(|_| !gone.next().expect("a mark for each step"));
    redirect(plan, &to);
}

/// The steps of the mean and of the squared differences from it whose mean a step is, and the three as one.
fn moments(plan: &Plan, makers: &Makers, readers: &[usize], index: usize) -> Option<(usize, usize, FusedMoments)> {
    let made = |place: usize| makers.get(place).filter(|_| !plan.feeds.contains(&place));
    let step = &plan.steps[index];
    let Op::Reduce(of_squares) = &step.op else { return None };
    let squares = made(step.inputs[0].0)?;
    let Op::Arithmetic(Arithmetic::SquaredDifference) = plan.steps[squares].op else { return None };
    let [x, center] = [0, 1].map(|k| plan.steps[squares].inputs[k].0);
    let mean = made(center)?;
    let Op::Reduce(of_x) = &plan.steps[mean].op else { return None };
    let shape = shape_of(plan, makers, x)?;
    let axes = of_x.mean_over_first(&shape)?;
    let fits = of_squares.mean_over_first(&shape) == Some(axes)
        // Without its axes as dimensions of 1 the mean would be broadcast along others.
        && (of_x.keeps() || axes + 1 == shape.rank())
        && plan.steps[mean].inputs[0].0 == x
        && [index, squares, mean].iter().all(|&step| plan.steps[step].specs[0].dtype == DType::F32)
        && readers[plan.steps[squares].output] == 1
        && ![index, mean].iter().any(|&step| plan.feeds.contains(&plan.steps[step].output));
    let op = FusedMoments { axes, keep: [of_x.keeps(), of_squares.keeps()] };
    fits.then_some((mean, squares, op))
}
