//! Sums of the rows of several matrices that are added up: one step. Gradients of a bias that several steps share are such sums.

use super::{Makers, alike::shape_of, readers};
use crate::{
    dtype::DType,
    engine::plan::Plan,
    ops::{Op, SummedRows},
    shape::{Dim, is_size},
};

pub(super) fn fuse(plan: &mut Plan) {
    if !plan.steps.iter().any(|step| matches!(step.op, Op::AddN(_))) {
        return;
    }
    let (readers, makers) = (readers(plan), Makers::of(plan));
    let mut gone = vec![false; plan.steps.len()];
    for index in 0..plan.steps.len() {
        let step = &plan.steps[index];
        if !matches!(step.op, Op::AddN(_)) || step.specs[0].dtype != DType::F32 || step.specs[0].shape.rank() != 1 {
            continue;
        }
        let columns: Dim = step.specs[0].shape.d(0);
        // The matrix whose rows a step sums, where nothing is left that its rule could refuse.
        let matrix = |place: usize| {
            let made = makers.get(place)?;
            let Op::SumLike(_) = plan.steps[made].op else { return None };
            let [of, like] = [0, 1].map(|k| shape_of(plan, &makers, plan.steps[made].inputs[k].0));
            let (of, like) = (of.filter(|of| of.has_rank())?, like.filter(|like| like.has_rank())?);
            let fits = of.rank() == 2 && like.rank() == 1 && of.d(1) == columns && like.d(0) == columns;
            fits.then_some((made, plan.steps[made].inputs[0]))
        };
        let matrices: Option<Vec<_>> = step.inputs.iter().map(|input| matrix(input.0)).collect();
        let Some(matrices) = matrices.filter(|_| is_size(columns)) else { continue };
        // Each may have been asked for its shape by others of them.
        let asked = |place: usize| matrices.iter().filter(|&&(made, _)| plan.steps[made].inputs[1].0 == place).count();
        if step.inputs.iter().any(|input| readers[input.0] != 1 + asked(input.0)) {
            continue;
        }
        matrices.iter().for_each(|&(made, _)| gone[made] = true);
        let step = &mut plan.steps[index];
        step.op = SummedRows { columns }.into();
        step.inputs = matrices.into_iter().map(|(_, matrix)| matrix).collect();
        step.ruled = true;
    }
    let mut gone = gone.into_iter();
    plan.steps.retain(|_| !gone.next().expect("a mark for each step"));
}
