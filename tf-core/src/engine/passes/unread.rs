//! Columns of a product of matrices that nobody reads: they are not computed. The gradient of a joining hands on parts of a product, and
//! that of what was fed is read by none.

use super::{Makers, alike::shape_of, readers};
use crate::{
    dtype::DType,
    engine::plan::Plan,
    ops::{FusedMatMul, Op},
};

pub(super) fn drop_columns(plan: &mut Plan) {
    if !plan.steps.iter().any(|step| matches!(step.op, Op::ConcatGradient(_))) {
        return;
    }
    let (readers, makers) = (readers(plan), Makers::of(plan));
    let mut gone = vec![false; plan.steps.len()];
    for index in 0..plan.steps.len() {
        let step = &plan.steps[index];
        let Op::ConcatGradient(parting) = &step.op else { continue };
        let Some(made) = makers.get(step.inputs[0].0) else { continue };
        let Op::MatMul(product) = plan.steps[made].op else { continue };
        let mut read = (0..step.specs.len()).filter(|&part| readers[step.output + part] > 0);
        let (Some(part), None) = (read.next(), read.next()) else { continue };
        let last_axis = matches!(parting.axis, -1 | 1);
        if !last_axis || !product.transpose_b || readers[step.inputs[0].0] != 1 || step.specs[part].dtype != DType::F32
        {
            continue;
        }
        let shape = |place: usize| shape_of(plan, &makers, place).filter(|shape| shape.has_rank() && shape.rank() == 2);
        let matrices = plan.steps[made].inputs.iter().all(|input| shape(input.0).is_some_and(|s| s.is_fully_defined()));
        let sizes: Option<Vec<usize>> = step.inputs[1..].iter().map(|like| shape(like.0)?.size(1)).collect();
        let (true, Some(sizes)) = (matrices, sizes) else { continue };
        let start: usize = sizes[..part].iter().sum();
        let rows = Some(start..start + sizes[part]);
        let inputs = plan.steps[made].inputs.clone();
        let (output, spec) = (step.output + part, step.specs[part]);
        let product = FusedMatMul { rows, ..product.into() };
        let step = &mut plan.steps[index];
        step.op = product.into();
        (step.inputs, step.output, step.specs, step.ruled) = (inputs, output, [spec].into(), true);
        gone[made] = true;
    }
    let mut gone = gone.into_iter();
    plan.steps.retain(|_| !gone.next().expect("a mark for each step"));
}
