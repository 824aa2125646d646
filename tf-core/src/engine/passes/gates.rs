//! The slope of a convolution's images that goes back through the relu that made them: one step, whose kernel looks whether there was
//! something above 0 before it stores a result.

use super::{Makers, alike::Alike, readers};
use crate::{
    dtype::DType,
    engine::plan::Plan,
    ops::{
        Op,
        nn::{ConvGradient, Convolution, GatedConvGradient, Side},
    },
};
use tf_kernels::slopes::SlopeOp;

pub(super) fn fuse(plan: &mut Plan) {
    if !plan.steps.iter().any(|step| matches!(step.op, Op::ConvGradient(_))) {
        return;
    }
    let (readers, makers, alike) = (readers(plan), Makers::of(plan), Alike::of(plan));
    let mut gone = vec![false; plan.steps.len()];
    for index in 0..plan.steps.len() {
        let step = &plan.steps[index];
        if !matches!(&step.op, Op::UnarySlope(op) if op.kernel() == SlopeOp::Relu) || step.specs[0].dtype != DType::F32
        {
            continue;
        }
        let (at, slope) = (step.inputs[0].0, step.inputs[1].0);
        let Some(made) = makers.get(slope) else { continue };
        let Op::ConvGradient(op) = &plan.steps[made].op else { continue };
        let ConvGradient { of: Convolution::Full(of), by: Side::Input } = **op else { continue };
        // Nothing is left that the derivative's rule could refuse.
        if readers[slope] == 1 && alike.are(at, plan.steps[made].inputs[0].0) {
            let mut inputs = plan.steps[made].inputs.clone();
            inputs.push((at, false));
            let ruled = plan.steps[made].ruled;
            let step = &mut plan.steps[index];
            (step.op, step.inputs, step.ruled) = (GatedConvGradient { of, sums: false }.into(), inputs, ruled);
            gone[made] = true;
        }
    }
    let mut gone = gone.into_iter();
    plan.steps.retain(|_| !gone.next().expect("a mark for each step"));
}
