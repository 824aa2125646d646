//! A product of matrices, a bias for each column and an activation: one step, whose kernel adds them before it stores a result.

use super::{makers, readers};
use crate::{
    dtype::DType,
    engine::plan::Plan,
    ops::{Arithmetic, MatMul, MatMulBias, Op},
    shape::{Shape, is_size},
};
use std::collections::HashMap;

pub(super) fn fuse(plan: &mut Plan) {
    let (readers, makers) = (readers(plan), makers(plan));
    let mut gone = vec![false; plan.steps.len()];
    for index in 0..plan.steps.len() {
        let Some((product, op, bias)) = biased(plan, &makers, index) else { continue };
        let before = &plan.steps[product];
        if readers[before.output] != 1 {
            continue;
        }
        let (inputs, ruled) = (vec![before.inputs[0], before.inputs[1], (bias, false)], before.ruled);
        gone[product] = true;
        let step = &mut plan.steps[index];
        step.op = MatMulBias { product: op, relu: false }.into();
        (step.inputs, step.ruled) = (inputs, ruled && step.ruled);
    }
    for index in 0..plan.steps.len() {
        if !plan.steps[index].op.is_relu() {
            continue;
        }
        let read = plan.steps[index].inputs[0].0;
        let Some(&product) = makers.get(&read) else { continue };
        let before = &plan.steps[product];
        let Op::MatMulBias(op) = before.op else { continue };
        if readers[read] != 1 {
            continue;
        }
        let (inputs, ruled) = (before.inputs.clone(), before.ruled);
        gone[product] = true;
        let step = &mut plan.steps[index];
        step.op = MatMulBias { relu: true, ..op }.into();
        (step.inputs, step.ruled) = (inputs, ruled);
    }
    let mut gone = gone.into_iter();
    plan.steps.retain(|_| !gone.next().expect("a mark for each step"));
}

/// The product that a step adds a bias to, and the place of the bias, if it is one that every row gets, and neither rule has anything
/// left to refuse when it runs: one step could not say which of the two it was.
fn biased(plan: &Plan, makers: &HashMap<usize, usize>, index: usize) -> Option<(usize, MatMul, usize)> {
    let step = &plan.steps[index];
    if step.specs.first()?.dtype != DType::F32 {
        return None;
    }
    let candidates: &[(usize, usize)] = match step.op {
        Op::BiasAdd(_) => &[(0, 1)],
        Op::Arithmetic(Arithmetic::Add) => &[(0, 1), (1, 0)],
        _ => return None,
    };
    candidates.iter().find_map(|&(product, bias)| {
        let (product, bias) = (*makers.get(&step.inputs[product].0)?, step.inputs[bias].0);
        let Op::MatMul(op) = plan.steps[product].op else { return None };
        let [a, b] = [0, 1].map(|k| shape_of(plan, makers, plan.steps[product].inputs[k].0));
        let ([_, depth], [rows, columns]) = (sides(a?, op.transpose_a)?, sides(b?, op.transpose_b)?);
        let bias_shape = shape_of(plan, makers, bias)?;
        let sized = [depth, columns].into_iter().all(is_size);
        let vector = bias_shape.has_rank() && bias_shape.rank() == 1 && bias_shape.d(0) == columns;
        (sized && depth == rows && vector).then_some((product, op, bias))
    })
}

/// Rows and columns of a matrix as a product sees it.
fn sides(shape: Shape, transposed: bool) -> Option<[crate::shape::Dim; 2]> {
    if !shape.has_rank() || shape.rank() != 2 {
        return None;
    }
    Some(if transposed { [shape.d(1), shape.d(0)] } else { [shape.d(0), shape.d(1)] })
}

/// What is known of the shape in a place.
fn shape_of(plan: &Plan, makers: &HashMap<usize, usize>, place: usize) -> Option<Shape> {
    if let Some(feed) = plan.feeds.iter().position(|&feed| feed == place) {
        return Some(plan.feed_shapes[feed]);
    }
    if let Some((_, value)) = plan.constants.iter().find(|(constant, _)| *constant == place) {
        return Some(Shape::of(value.shape()));
    }
    let step = &plan.steps[*makers.get(&place)?];
    Some(step.specs[place - step.output].shape)
}
