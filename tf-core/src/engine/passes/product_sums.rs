//! Products of matrices of one shape that are added up: one step, whose kernel adds each to the sum in registers. Gradients of weights
//! that several steps share are such sums.

use super::{Makers, alike::shape_of, readers};
use crate::{
    dtype::DType,
    engine::{plan::Plan, product_sum::ProductSum},
    ops::{MatMul, Op},
    shape::Shape,
};
use foldhash::HashMap;

pub(super) fn fuse(plan: &mut Plan) {
    if !plan.steps.iter().any(|step| matches!(step.op, Op::AddN(_))) {
        return;
    }
    let (readers, makers) = (readers(plan), Makers::of(plan));
    // The products of each sum, by the number of its step.
    let mut sums: HashMap<usize, Vec<usize>> = HashMap::default();
    let mut gone = vec![false; plan.steps.len()];
    for (index, step) in plan.steps.iter().enumerate() {
        if !matches!(step.op, Op::AddN(_)) || step.specs[0].dtype != DType::F32 {
            continue;
        }
        let product = |place: usize| {
            let made = makers.get(place)?;
            (readers[place] == 1 && !gone[made]).then_some((made, product(plan, &makers, made)?))
        };
        let products: Option<Vec<_>> = step.inputs.iter().map(|input| product(input.0)).collect();
        let Some(products) = products else { continue };
        if products.len() > 1 && products.iter().all(|(_, product)| *product == products[0].1) {
            products.iter().for_each(|&(made, _)| gone[made] = true);
            sums.insert(index, products.into_iter().map(|(made, _)| made).collect());
        }
    }
    if sums.is_empty() {
        return;
    }
    let mut steps: Vec<_> = std::mem::take(&mut plan.steps).into_iter().map(Some).collect();
    for (index, products) in sums {
        let products: Vec<_> = products.iter().filter_map(|&product| steps[product].take()).collect();
        let sum = steps[index].as_mut().expect("a sum is no product");
        sum.inputs = products.iter().flat_map(|step| step.inputs.iter().copied()).collect();
        sum.op = ProductSum::new(products).expect("products that were found alike").into();
    }
    plan.steps = steps.into_iter().flatten().collect();
}

/// A step's product, and the shapes of its matrices; of a product of two matrices whose result has a known shape.
fn product(plan: &Plan, makers: &Makers, index: usize) -> Option<(MatMul, [Vec<u32>; 2])> {
    let step = &plan.steps[index];
    let Op::MatMul(product) = step.op else { return None };
    if !step.specs[0].shape.is_fully_defined() || step.specs[0].shape.rank() != 2 {
        return None;
    }
    let dims = |k: usize| -> Option<Vec<u32>> {
        let shape: Shape = shape_of(plan, makers, step.inputs[k].0)?;
        (shape.has_rank() && shape.rank() == 2).then(|| shape.dims().to_vec())
    };
    Some((product, [dims(0)?, dims(1)?]))
}
