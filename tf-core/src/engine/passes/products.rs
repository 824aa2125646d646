//! A product of matrices or a convolution, a bias for each column or channel, and an activation: one step, whose kernel adds them before it
//! stores a result. So it does what a convolution's results are added to, as in residual networks. A convolution whose filter does not change in the run has it made ready once, until it changes; so has a product its
//! second matrix, also if it changes, where many products of the run read it.

use super::{
    Makers,
    alike::{Alike, shape_of},
    readers,
};
use crate::{
    dtype::DType,
    engine::plan::Plan,
    few::Few,
    ops::{
        Arithmetic, FusedMatMul, Op,
        nn::{FusedConv2d, Padding},
    },
    shape::{Dim, Shape, is_size},
};
use foldhash::{HashMap, HashSet};
use std::{
    ops::Range,
    sync::{Arc, Mutex},
};

pub(super) fn fuse(plan: &mut Plan) {
    let (readers, makers, changing) = (readers(plan), Makers::of(plan), changing(plan));
    let mut gone = vec![false; plan.steps.len()];
    for index in 0..plan.steps.len() {
        if let Some(op) = convolution(plan, &makers, &changing, index) {
            plan.steps[index].op = op.into();
        }
    }
    for index in 0..plan.steps.len() {
        let Some((product, op, bias)) = biased(plan, &makers, index) else { continue };
        if readers[plan.steps[product].output] == 1 {
            join(plan, product, index, op, Some(bias));
            gone[product] = true;
        }
    }
    if plan.steps.iter().any(|step| matches!(step.op, Op::FusedConv2d(_))) {
        join_residuals(plan, &readers, &makers, &mut gone);
    }
    for index in 0..plan.steps.len() {
        if !plan.steps[index].op.is_relu() {
            continue;
        }
        let read = plan.steps[index].inputs[0].0;
        let Some(product) = makers.get(read) else { continue };
        if readers[read] != 1 {
            continue;
        }
        match &mut plan.steps[product].op {
            Op::FusedMatMul(op) => Arc::make_mut(op).relu = true,
            Op::FusedConv2d(op) => Arc::make_mut(op).relu = true,
            _ => continue,
        }
        let op = plan.steps[product].op.clone();
        join(plan, product, index, op, None);
        gone[product] = true;
    }
    let mut gone = gone.into_iter();
    plan.steps.retain(|_| !gone.next().expect("a mark for each step"));
    lay_out(plan);
}

/// Has convolutions add what their results are added to.
fn join_residuals(plan: &mut Plan, readers: &[usize], makers: &Makers, gone: &mut [bool]) {
    let alike = Alike::of(plan);
    for index in 0..plan.steps.len() {
        let Some((convolution, residual)) = with_residual(plan, makers, &alike, index) else { continue };
        if let Op::FusedConv2d(op) = &plan.steps[convolution].op
            && readers[plan.steps[convolution].output] == 1
            && !gone[convolution]
        {
            let op = FusedConv2d { residual: true, ..(**op).clone() };
            join(plan, convolution, index, op.into(), Some(residual));
            gone[convolution] = true;
        }
    }
}

/// Products that read a matrix for its layout to pay although it is another one in each run.
pub(super) const MANY: usize = 4;

/// How a product reads its second matrix: its place, whether it is transposed, and which rows of it are read.
type Reading = (usize, bool, Option<Range<usize>>);

/// Has products lay out their second matrix once: for all of them, and until it changes.
fn lay_out(plan: &mut Plan) {
    let (makers, changing) = (Makers::of(plan), changing(plan));
    let mut products: HashMap<Reading, Few<u32, 3>> = HashMap::default();
    for (index, step) in plan.steps.iter().enumerate() {
        let (product, rows) = match &step.op {
            Op::MatMul(product) if step.specs[0].dtype == DType::F32 => (*product, None),
            Op::FusedMatMul(op) => (op.product, op.rows.clone()),
            _ => continue,
        };
        let place = step.inputs[1].0;
        if shape_of(plan, &makers, place).is_some_and(|shape| shape.has_rank() && shape.rank() == 2) {
            products.entry((place, product.transpose_b, rows)).or_insert(Few::NONE).push(index as u32);
        }
    }
    for ((place, ..), readers) in products {
        if readers.len() < MANY && changes(plan, &makers, &changing, place) {
            continue;
        }
        let laid_out = Some(Arc::new(Mutex::default()));
        for &index in &readers {
            let op = &mut plan.steps[index as usize].op;
            match op {
                Op::FusedMatMul(op) => Arc::make_mut(op).laid_out = laid_out.clone(),
                Op::MatMul(product) => *op = FusedMatMul { laid_out: laid_out.clone(), ..(*product).into() }.into(),
                _ => unreachable!("only products were noted"),
            }
        }
    }
}

/// The convolution whose results a step adds to a value of the same shape, whatever is fed, and the place of that value.
fn with_residual(plan: &Plan, makers: &Makers, alike: &Alike, index: usize) -> Option<(usize, usize)> {
    let step = &plan.steps[index];
    let (Op::Arithmetic(Arithmetic::Add) | Op::AddN(_), &[(a, _), (b, _)]) = (&step.op, &step.inputs[..]) else {
        return None;
    };
    if a == b || !alike.are(a, b) {
        return None;
    }
    let convolution = |&(made, _): &(usize, usize)| {
        makers
            .get(made)
            .filter(|&maker| matches!(&plan.steps[maker].op, Op::FusedConv2d(op) if !op.residual && !op.relu))
    };
    // Where both are convolutions, the one that is computed last: the other is there by then.
    let candidates = [(a, b), (b, a)];
    let made = candidates.iter().filter_map(|pair| Some((convolution(pair)?, pair.1)));
    made.max_by_key(|made| made.0)
}

/// Makes one step of two, in the place of the second, which reads `more` besides.
fn join(plan: &mut Plan, first: usize, second: usize, op: Op, more: Option<usize>) {
    let before = &plan.steps[first];
    let (mut inputs, ruled) = (before.inputs.clone(), before.ruled);
    inputs.extend(more.map(|place| (place, false)));
    let step = &mut plan.steps[second];
    step.op = op;
    (step.inputs, step.ruled) = (inputs, ruled);
}

/// The step's convolution as one that may be joined, if it is one of `f32` whose rule has nothing left to refuse when it runs: one step
/// could not say which of several it was.
fn convolution(plan: &Plan, makers: &Makers, changing: &HashSet<u32>, index: usize) -> Option<FusedConv2d> {
    let step = &plan.steps[index];
    let Op::Conv2d(of) = &step.op else { return None };
    if step.specs[0].dtype != DType::F32 {
        return None;
    }
    let [input, filter] = [0, 1].map(|k| shape_of(plan, makers, step.inputs[k].0));
    let (input, filter) = (input.filter(|shape| shape.has_rank())?, filter.filter(Shape::is_fully_defined)?);
    if input.rank() != 4 || filter.rank() != 4 {
        return None;
    }
    // The batch may be of any size; so may images that a window always fits.
    let sized = if of.padding == Padding::Same { 3 } else { 1 };
    if !(sized..4).all(|axis| is_size(input.d(axis))) {
        return None;
    }
    let filter = (!changes(plan, makers, changing, step.inputs[1].0)).then(Default::default);
    Some(FusedConv2d { of: **of, residual: false, relu: false, filter })
}

/// Whether the value in a place is another one in each run: it is computed, or of a variable that the run changes.
fn changes(plan: &Plan, makers: &Makers, changing: &HashSet<u32>, place: usize) -> bool {
    if plan.constants.binary_search_by_key(&place, |constant| constant.0).is_ok() {
        return false;
    }
    let Some(maker) = makers.get(place) else { return true };
    let Op::ReadVariable(read) = &plan.steps[maker].op else { return true };
    changing.contains(&read.variable)
}

/// The variables that a run may change: all that it does more to than read them.
fn changing(plan: &Plan) -> HashSet<u32> {
    let touching = plan.steps.iter().filter(|step| !matches!(step.op, Op::ReadVariable(_)));
    touching
        .flat_map(|step| step.op.variable().into_iter().chain(step.op.further_variables().iter().copied()))
        .collect()
}

/// The product that a step adds a bias to, as one with a bias, and the place of the bias, if it is a vector as long as the product has
/// columns.
fn biased(plan: &Plan, makers: &Makers, index: usize) -> Option<(usize, Op, usize)> {
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
        let (product, bias) = (makers.get(step.inputs[product].0)?, step.inputs[bias].0);
        let (op, columns) = with_bias(plan, makers, product)?;
        let bias_shape = shape_of(plan, makers, bias)?;
        let vector = bias_shape.has_rank() && bias_shape.rank() == 1 && bias_shape.d(0) == columns;
        vector.then_some((product, op, bias))
    })
}

/// A step's op as one with a bias, and the number of its columns or channels.
fn with_bias(plan: &Plan, makers: &Makers, index: usize) -> Option<(Op, Dim)> {
    let step = &plan.steps[index];
    let shape = |k: usize| shape_of(plan, makers, step.inputs[k].0);
    match &step.op {
        Op::FusedConv2d(_) if step.inputs.len() == 2 => Some((step.op.clone(), shape(1)?.d(3))),
        Op::MatMul(op) => {
            let ([_, depth], [rows, columns]) = (sides(shape(0)?, op.transpose_a)?, sides(shape(1)?, op.transpose_b)?);
            let sized = [depth, columns].into_iter().all(is_size);
            (sized && depth == rows).then(|| (FusedMatMul::from(*op).into(), columns))
        }
        _ => None,
    }
}

/// Rows and columns of a matrix as a product sees it.
fn sides(shape: Shape, transposed: bool) -> Option<[Dim; 2]> {
    if !shape.has_rank() || shape.rank() != 2 {
        return None;
    }
    Some(if transposed { [shape.d(1), shape.d(0)] } else { [shape.d(0), shape.d(1)] })
}
