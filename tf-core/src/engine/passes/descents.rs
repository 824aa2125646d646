//! Steps of gradient descent along a product of matrices that nothing else reads: one step, whose kernel adds the product to the variable.

use super::{Makers, readers};
use crate::{
    dtype::DType,
    engine::{plan::Plan, product_descent::ProductDescent},
    ops::Op,
};
use tf_kernels::optimizers::UpdateRule;

pub(super) fn fuse(plan: &mut Plan) {
    if !plan.steps.iter().any(|step| matches!(step.op, Op::ApplyGradient(_))) {
        return;
    }
    let (readers, makers) = (readers(plan), Makers::of(plan));
    let mut steps: Vec<_> = std::mem::take(&mut plan.steps).into_iter().map(Some).collect();
    for index in 0..steps.len() {
        let Some(step) = &steps[index] else { continue };
        let Op::ApplyGradient(apply) = &step.op else { continue };
        let (UpdateRule::GradientDescent { .. }, &[variable], false) = (apply.rule, &apply.variables[..], apply.rows)
        else {
            continue;
        };
        let gradient = step.inputs[0].0;
        let Some(made) = makers.get(gradient) else { continue };
        let Some(product) = &steps[made] else { continue };
        let (Op::MatMul(of), 1) = (&product.op, readers[gradient]) else { continue };
        let shape = product.specs[0].shape;
        if product.specs[0].dtype != DType::F32 || !shape.is_fully_defined() || shape.rank() != 2 {
            continue;
        }
        let (of, inputs) = (*of, [product.inputs[0], product.inputs[1], step.inputs[1]].into());
        let product = steps[made].take().expect("it was looked at");
        let step = steps[index].as_mut().expect("it was looked at");
        (step.op, step.inputs) = (ProductDescent::new(variable, of, product).into(), inputs);
    }
    plan.steps = steps.into_iter().flatten().collect();
}
