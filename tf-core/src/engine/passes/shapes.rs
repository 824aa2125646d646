//! Values that are looked at for their shape only. What is summed to a shape that it has already stays as it is; a shape is looked up
//! where a value lies that is there anyway, so that the one that was named may be a middle of a fused step; and what a reduction's slope
//! puts in each place is made once, where the readers broadcast.

use super::{
    Makers,
    alike::{Alike, but_the_first, spec_of},
    outputs, readers, redirect,
};
use crate::{
    dtype::DType,
    engine::{
        chain::{Kind, link_kind},
        plan::{Plan, Step},
    },
    ops::{Op, Portion, nn::Side},
    shape::Shape,
    spec::Spec,
};
use foldhash::HashMap;

pub(super) fn free(plan: &mut Plan) {
    if !plan.steps.iter().any(|step| looked_at(&step.op).is_some()) {
        return;
    }
    let before = readers(plan);
    let alike = Alike::of(plan);
    leave_out(plan, &alike);
    portion_out(plan, &alike);
    // What is a portion now has another shape than before.
    let alike = Alike::of(plan);
    look_elsewhere(plan, &alike);
    // A value that only its shape was asked of is not computed, if computing it cannot fail.
    let mut now = readers(plan);
    let cannot_fail = |step: &Step| matches!(step.op, Op::Unary(_) | Op::Arithmetic(_)) && alike.follows(step.output);
    for index in (0..plan.steps.len()).rev() {
        let step = &plan.steps[index];
        if cannot_fail(step) && before[step.output] > 0 && now[step.output] == 0 {
            step.inputs.iter().for_each(|input| now[input.0] -= 1);
            plan.steps.remove(index);
        }
    }
}

/// The input of which the op sees the shape only.
fn looked_at(op: &Op) -> Option<usize> {
    match op {
        Op::SumLike(_) | Op::ReshapeLike(_) | Op::SpreadLike(_) | Op::Portion(_) | Op::ShapedAs(_) => Some(1),
        Op::ConvGradient(op) => Some(if op.by == Side::Input { 0 } else { 1 }),
        Op::GatedConvGradient(_) | Op::FilledLike(_) | Op::ShapeOf(_) => Some(0),
        _ => None,
    }
}

/// Steps that give a value the shape that it has.
fn leave_out(plan: &mut Plan, alike: &Alike) {
    let mut to: HashMap<usize, usize> = HashMap::default();
    plan.steps.retain(|step| {
        let nothing = matches!(step.op, Op::SumLike(_) | Op::ReshapeLike(_) | Op::ShapedAs(_))
            && alike.are(step.inputs[0].0, step.inputs[1].0);
        if nothing {
            let from = step.inputs[0].0;
            to.insert(step.output, to.get(&from).copied().unwrap_or(from));
        }
        !nothing
    });
    redirect(plan, &to);
}

/// What is spread over an array only to be combined with one that is there.
fn portion_out(plan: &mut Plan, alike: &Alike) {
    let makers = Makers::of(plan);
    for index in 0..plan.steps.len() {
        let step = &plan.steps[index];
        let Op::SpreadLike(of) = &step.op else { continue };
        let of = **of;
        if of.is_over_all() || link_kind(step, None) == Some(Kind::Spread) {
            // In a chain that is one number, or one for each row.
            continue;
        }
        let (place, like) = (step.output, step.inputs[1].0);
        let broadcasts = |reader: &Step| {
            let others = reader.inputs.iter().filter(|input| input.0 != place);
            matches!(reader.op, Op::Arithmetic(_))
                && others.clone().count() == 1
                && others.clone().all(|input| alike.are(input.0, like))
        };
        let mut readers = plan.steps.iter().filter(|reader| reader.inputs.iter().any(|input| input.0 == place));
        let fetched = plan.fetches.contains(&Some(place));
        let shapes = [0, 1].map(|k| super::alike::shape_of(plan, &makers, step.inputs[k].0).unwrap_or(Shape::UNKNOWN));
        if !fetched
            && shapes[1].has_rank()
            && readers.all(broadcasts)
            && let Ok(shape) = Portion(of).rule(&shapes)
        {
            let step = &mut plan.steps[index];
            step.op = Portion(of).into();
            step.specs[0].shape = shape;
        }
    }
}

/// Shapes that are looked up where a value is kept for another reason, so that the one that was named may be a middle of a fused step.
fn look_elsewhere(plan: &mut Plan, alike: &Alike) {
    let makers = Makers::of(plan);
    let mut filled = Filled { kept: kept(plan), alike, by_shape: HashMap::default(), by_rows: HashMap::default() };
    for &feed in &plan.feeds {
        filled.with(feed, spec_of(plan, &makers, feed));
    }
    for index in 0..plan.steps.len() {
        if let Some(k) = looked_at(&plan.steps[index].op)
            && let place = plan.steps[index].inputs[k].0
            && let Some(spec) = spec_of(plan, &makers, place)
        {
            let step = &mut plan.steps[index];
            if let Some(other) = filled.longer(filled.by_shape.get(&(alike.first(place), spec.dtype)), place, index) {
                step.inputs[k].0 = other;
            } else if let Op::ShapedAs(op) = &step.op
                && let Some(sizes) = but_the_first(&spec.shape)
                && let Some(other) = filled.longer(filled.by_rows.get(&alike.first_of_rows(place)), place, index)
            {
                step.op = op.by_rows(sizes).into();
                step.inputs[k].0 = other;
            }
        }
        for place in outputs(&plan.steps[index]) {
            filled.with(place, spec_of(plan, &makers, place));
        }
    }
}

/// Until which step each place is kept because its value is used.
fn kept(plan: &Plan) -> Vec<usize> {
    let mut kept = vec![0; plan.places];
    for (index, step) in plan.steps.iter().enumerate() {
        for (k, input) in step.inputs.iter().enumerate() {
            if looked_at(&step.op) != Some(k) {
                kept[input.0] = index;
            }
        }
    }
    let lasting = plan.feeds.iter().copied().chain(plan.constants.iter().map(|constant| constant.0));
    lasting.chain(plan.fetches.iter().flatten().copied()).for_each(|place| kept[place] = usize::MAX);
    // What is passed on lies where it lay.
    for step in plan.steps.iter().filter(|step| matches!(step.op, Op::ShapedAs(_) | Op::Identity(_))) {
        kept[step.output] = kept[step.output].max(kept[step.inputs[0].0]);
    }
    kept
}

/// Places that are filled by now.
struct Filled<'p> {
    kept: Vec<usize>,
    alike: &'p Alike,
    /// Of those of one shape and type the one that is kept longest. Of one type, since the op's own may follow from it, and a chain reads
    /// `f32` only.
    by_shape: HashMap<(usize, DType), usize>,
    /// Of those that have as many rows.
    by_rows: HashMap<usize, usize>,
}

impl Filled<'_> {
    fn with(&mut self, place: usize, spec: Option<Spec>) {
        let Some(Spec { shape, dtype }) = spec else { return };
        let kept = &self.kept;
        let longest = |known: &mut usize| *known = if kept[place] > kept[*known] { place } else { *known };
        self.by_shape.entry((self.alike.first(place), dtype)).and_modify(longest).or_insert(place);
        if shape.has_rank() && shape.rank() > 0 {
            self.by_rows.entry(self.alike.first_of_rows(place)).and_modify(longest).or_insert(place);
        }
    }

    /// The other, if it is kept longer, and until this step.
    fn longer(&self, other: Option<&usize>, place: usize, step: usize) -> Option<usize> {
        other.copied().filter(|&other| self.kept[other] >= step && self.kept[other] > self.kept[place])
    }
}
