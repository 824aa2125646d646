//! Products of joined matrices with one matrix, as those of a recurrent layer's steps: of the two that are joined, one is often there
//! before the first of these products, while the other comes of the step before. The products of those that are there are one step for as
//! many steps as go together (see `product_chains`), with which the sums of the others begin.

use super::{Makers, alike::Alike, alike::shape_of, outputs, product_chains::TURNS, products::MANY, readers};
use crate::{
    dtype::DType,
    engine::plan::{Plan, Reads, Step},
    ops::{Begun, FusedMatMul, LaidOut, Op, Stacked, StackedMatMul, rules},
    shape::Shape,
};
use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{Arc, Mutex},
};

pub(super) fn part(plan: &mut Plan) {
    if !plan.steps.iter().any(|step| matches!(step.op, Op::Concat(_))) {
        return;
    }
    let mut done_without = Vec::new();
    for group in groups(plan) {
        // Where a step of another group was put in, numbers have changed.
        let makers = Makers::of(plan);
        let products: Vec<usize> = group.iter().filter_map(|&output| makers.get(output)).collect();
        let together = [0, 1].into_iter().find_map(|side| Together::of(plan, &products, side));
        if let Some(together) = together {
            done_without.extend(together.part(plan));
        }
    }
    drop_unread(plan, &done_without);
}

/// Products of two joined matrices each with one matrix and one bias, by where their results go.
fn groups(plan: &Plan) -> Vec<Vec<usize>> {
    let makers = Makers::of(plan);
    let mut groups: BTreeMap<(Vec<usize>, bool), Vec<usize>> = BTreeMap::new();
    for step in &plan.steps {
        let Some(relu) = relu_of(step) else { continue };
        let joined = makers.get(step.inputs[0].0).is_some_and(|joining| halves(plan, &makers, joining).is_some());
        let whole = shape_of(plan, &makers, step.inputs[1].0).filter(Shape::is_fully_defined);
        // A matrix without columns has nothing to lay out.
        if joined && whole.is_some_and(|shape| shape.rank() == 2 && shape.size(1) != Some(0)) {
            let others = step.inputs[1..].iter().map(|input| input.0).collect();
            groups.entry((others, relu)).or_default().push(step.output);
        }
    }
    groups.into_values().filter(|group| group.len() >= MANY).collect()
}

/// Whether a step that is a product which may be parted ends in relu.
fn relu_of(step: &Step) -> Option<bool> {
    let (product, relu) = match &step.op {
        Op::MatMul(product) => (*product, false),
        Op::FusedMatMul(op) if op.rows.is_none() && op.begun.is_none() => (op.product, op.relu),
        _ => return None,
    };
    let straight = !product.transpose_a && !product.transpose_b;
    (straight && step.specs[0].dtype == DType::F32).then_some(relu)
}

/// The columns of each of two matrices that a step joins side by side.
fn halves(plan: &Plan, makers: &Makers, joining: usize) -> Option<[usize; 2]> {
    let step = &plan.steps[joining];
    let Op::Concat(op) = &step.op else { return None };
    if !matches!(op.axis, 1 | -1) || step.inputs.len() != 2 || step.specs[0].dtype != DType::F32 {
        return None;
    }
    let columns = |k: usize| {
        let shape = shape_of(plan, makers, step.inputs[k].0)?;
        (shape.has_rank() && shape.rank() == 2).then(|| shape.size(1)).flatten().filter(|&columns| columns > 0)
    };
    Some([columns(0)?, columns(1)?])
}

/// Products whose first matrices are joined of two, one of which is there before the first of them.
struct Together {
    products: Vec<usize>,
    /// Which of the two is there.
    side: usize,
    columns: [usize; 2],
    /// If those are slices of one tensor: where it lies, the axis, and which slices.
    slices: Option<(usize, usize, Vec<usize>)>,
}

impl Together {
    fn of(plan: &Plan, products: &[usize], side: usize) -> Option<Together> {
        let (makers, first) = (Makers::of(plan), *products.first()?);
        let joining = |product: &usize| makers.get(plan.steps[*product].inputs[0].0).expect("what was found joined");
        let half = |product: &usize| plan.steps[joining(product)].inputs[side].0;
        let columns = halves(plan, &makers, joining(&first))?;
        let is_there = |product: &usize| {
            makers.get(half(product)).is_none_or(|maker| maker < first)
                && halves(plan, &makers, joining(product)) == Some(columns)
        };
        let mut products: Vec<usize> = products.iter().copied().filter(is_there).collect();
        let slices = slices(plan, &makers, &products.iter().map(half).collect::<Vec<_>>());
        // Slices of one tensor have one shape, also where it is not known.
        if slices.is_none() {
            let alike = Alike::of(plan);
            products.retain(|product| alike.are(half(product), half(&first)));
        }
        let pays = products.len() >= MANY && products[0] == first;
        pays.then_some(Together { products, side, columns, slices })
    }

    /// Puts in the steps that compute what these products begin with, each before the first of those that it is for; what the products can do
    /// without.
    fn part(self, plan: &mut Plan) -> Vec<usize> {
        let makers = Makers::of(plan);
        let joining = |&product: &usize| makers.get(plan.steps[product].inputs[0].0);
        let joinings: Vec<Step> =
            self.products.iter().filter_map(joining).map(|joining| plan.steps[joining].clone()).collect();
        let mut done_without: Vec<usize> = joinings.iter().map(|joining| joining.output).collect();
        if let Some((_, _, which)) = &self.slices {
            done_without.push(joinings[0].inputs[self.side].0 - which[0]);
        }
        let laid_out = [(); 2].map(|()| Arc::default());
        // The last ones first, so that the numbers of those before stay what they are.
        for first in (0..self.products.len()).step_by(TURNS).rev() {
            let end = self.products.len().min(first + TURNS);
            self.part_some(plan, first..end, &joinings[first..end], &laid_out);
        }
        done_without
    }

    /// Puts in the step for some of the products.
    fn part_some(&self, plan: &mut Plan, some: Range<usize>, joinings: &[Step], laid_out: &[Arc<Mutex<LaidOut>>; 2]) {
        let Together { products, side, columns, slices } = self;
        let (of, mut inputs): (_, Reads) = match slices {
            Some((tensor, axis, which)) => {
                (Stacked::Slices(*axis, which[some.clone()].to_vec()), [(*tensor, false)].into())
            }
            None => (Stacked::Apart(some.len()), joinings.iter().map(|joining| joining.inputs[*side]).collect()),
        };
        let first = products[some.start];
        let like = &plan.steps[first];
        inputs.extend(like.inputs[1..].iter().copied());
        let rows = [0..columns[0], columns[0]..columns[0] + columns[1]];
        let bias = like.inputs.len() > 2;
        let mut spec = like.specs[0];
        spec.shape = Shape::of(&[some.len()]).push(spec.shape.d(0)).push(spec.shape.d(1));
        let op = StackedMatMul { of, rows: rows[*side].clone(), bias, laid_out: laid_out[0].clone() }.into();
        let stacked = Step { op, inputs, output: plan.places, specs: [spec].into(), ruled: false, ..like.clone() };
        plan.places += 1;
        for (part, (&index, joining)) in products[some].iter().zip(joinings).enumerate() {
            let left = joining.inputs[1 - side];
            let begun = Begun { part, joining: Arc::new(joining.clone()), columns: columns[*side], first: *side == 0 };
            let step = &mut plan.steps[index];
            let whole: FusedMatMul = match &step.op {
                Op::FusedMatMul(op) => (**op).clone(),
                Op::MatMul(product) => (*product).into(),
                _ => unreachable!("only products were grouped"),
            };
            let rows = Some(rows[1 - side].clone());
            step.op = FusedMatMul { rows, begun: Some(begun), laid_out: Some(laid_out[1].clone()), ..whole }.into();
            step.inputs = [left, step.inputs[1], (stacked.output, false)].into();
            step.ruled = false;
        }
        plan.steps.insert(first, stacked);
    }
}

/// The tensor whose slices along an axis before its last these are, and which of them, if they are that and their number is known.
fn slices(plan: &Plan, makers: &Makers, places: &[usize]) -> Option<(usize, usize, Vec<usize>)> {
    let maker = makers.get(*places.first()?)?;
    let step = &plan.steps[maker];
    let Op::Unstack(op) = &step.op else { return None };
    let whole = shape_of(plan, makers, step.inputs[0].0).filter(|shape| shape.has_rank() && shape.rank() == 3)?;
    let axis = rules::axis("unstack", &whole, op.axis).ok().filter(|&axis| axis < 2)?;
    let known = whole.size(axis) == Some(op.count);
    let of = |&place: &usize| outputs(step).contains(&place).then(|| place - step.output);
    let which: Option<Vec<usize>> = places.iter().map(of).collect();
    which.filter(|_| known).map(|which| (step.inputs[0].0, axis, which))
}

/// Leaves out these joinings and slices, by the first of their places, where nobody else reads them.
fn drop_unread(plan: &mut Plan, done_without: &[usize]) {
    let mut readers = readers(plan);
    let mut spared = vec![false; plan.places];
    done_without.iter().for_each(|&place| spared[place] = true);
    let mut gone = vec![false; plan.steps.len()];
    for (step, gone) in plan.steps.iter().zip(&mut gone).rev() {
        // A step without values has the number of the place behind it.
        let wanted = step.specs.is_empty() || !spared[step.output];
        if !wanted && outputs(step).all(|place| readers[place] == 0) {
            step.inputs.iter().for_each(|input| readers[input.0] -= 1);
            *gone = true;
        }
    }
    let mut gone = gone.into_iter();
    plan.steps.retain(|_| !gone.next().expect("a mark for each step"));
}
