//! Which values of a plan have one shape whatever is fed: sizes that nobody knows before the run are still the same ones.

use super::{Makers, outputs};
use crate::{
    engine::plan::{Plan, Step},
    ops::{Op, nn::Side},
    shape::{Shape, is_size},
    spec::Spec,
};
use foldhash::HashMap;

/// Places by the first one that has the same shape, and by the one that has as many rows.
pub(super) struct Alike {
    first: Vec<usize>,
    rows: Vec<usize>,
}

impl Alike {
    pub(super) fn of(plan: &Plan) -> Alike {
        let mut known: HashMap<Shape, usize> = HashMap::default();
        let mut first: Vec<usize> = (0..plan.places).collect();
        let makers = Makers::of(plan);
        let shape = |place: usize| shape_of(plan, &makers, place);
        // By the place whose number of rows (examples of a batch, mostly) a value has, where only that is unknown, and the other sizes.
        let mut by_rows: HashMap<(usize, Shape), usize> = HashMap::default();
        let mut rows: Vec<usize> = (0..plan.places).collect();
        let filled = plan.feeds.iter().copied().chain(plan.constants.iter().map(|constant| constant.0));
        for place in filled {
            if let Some(shape) = shape(place).filter(Shape::is_fully_defined) {
                first[place] = *known.entry(shape).or_insert(place);
            } else if let Some(sizes) = shape(place).as_ref().and_then(but_the_first) {
                by_rows.insert((place, sizes), place);
            }
        }
        for step in &plan.steps {
            for place in outputs(step) {
                let shape_here = shape(place);
                first[place] = match shape_here.filter(Shape::is_fully_defined) {
                    Some(shape) => *known.entry(shape).or_insert(place),
                    None => from(step, &first, &shape).unwrap_or(place),
                };
                rows[place] = match rows_of(step) {
                    _ if first[place] != place => rows[first[place]],
                    Some(input) => rows[input],
                    None => place,
                };
                if first[place] == place
                    && let Some(sizes) = shape_here.as_ref().and_then(but_the_first)
                {
                    first[place] = *by_rows.entry((rows[place], sizes)).or_insert(place);
                }
            }
        }
        Alike { first, rows }
    }

    /// Whether two places hold values of one shape.
    pub(super) fn are(&self, one: usize, other: usize) -> bool {
        self.first[one] == self.first[other]
    }

    /// The first place whose value has the shape of that in this one.
    pub(super) fn first(&self, place: usize) -> usize {
        self.first[place]
    }

    /// The first place whose value has as many rows.
    pub(super) fn first_of_rows(&self, place: usize) -> usize {
        self.rows[place]
    }

    /// Whether a place has the shape of one that was filled before it.
    pub(super) fn follows(&self, place: usize) -> bool {
        self.first[place] != place
    }
}

/// The place whose shape is that of the step's value, as `first` has it.
fn from(step: &Step, first: &[usize], shape: &impl Fn(usize) -> Option<Shape>) -> Option<usize> {
    let input = |k: usize| step.inputs[k].0;
    let of = match &step.op {
        Op::Unary(_)
        | Op::UnarySlope(_)
        | Op::BiasAdd(_)
        | Op::AddN(_)
        | Op::Cast(_)
        | Op::Softmax(_)
        | Op::Identity(_)
        | Op::FilledLike(_) => input(0),
        Op::SumLike(_) | Op::ReshapeLike(_) | Op::SpreadLike(_) => input(1),
        Op::ShapedAs(op) if !op.is_by_rows() => input(1),
        Op::ConvGradient(op) if op.by == Side::Input => input(0),
        Op::GatedConvGradient(_) => input(0),
        Op::ConvGradient(_) => input(1),
        Op::Arithmetic(_) | Op::Compare(_) => {
            let (a, b) = (input(0), input(1));
            let within = |inner: usize, outer: usize| Some(is_within(&shape(inner)?, &shape(outer)?));
            if first[a] == first[b] || within(b, a)? {
                a
            } else if within(a, b)? {
                b
            } else {
                return None;
            }
        }
        _ => return None,
    };
    Some(first[of])
}

/// The input that has as many rows as the step's value.
fn rows_of(step: &Step) -> Option<usize> {
    match &step.op {
        Op::Conv2d(_) | Op::FusedConv2d(_) => Some(step.inputs[0].0),
        Op::ShapedAs(op) if op.is_by_rows() => Some(step.inputs[1].0),
        Op::MatMul(op) if !op.transpose_a && step.specs[0].shape.rank() == 2 => Some(step.inputs[0].0),
        _ => None,
    }
}

/// The shape with a size in place of the first dimension, where only that is unknown.
pub(super) fn but_the_first(shape: &Shape) -> Option<Shape> {
    let (first, others) = shape.dims().split_first()?;
    let mut shape = *shape;
    shape.dims[0] = 0;
    (!is_size(*first) && others.iter().all(|&dim| is_size(dim))).then_some(shape)
}

/// Whether what has the shape `inner` broadcasts to `outer`, and changes nothing of it.
fn is_within(inner: &Shape, outer: &Shape) -> bool {
    if !inner.has_rank() || !outer.has_rank() || inner.rank() > outer.rank() {
        return false;
    }
    let outer = &outer.dims()[outer.rank() - inner.rank()..];
    inner.dims().iter().zip(outer).all(|(&inner, &outer)| inner == 1 || inner == outer && is_size(inner))
}

/// What is known of the shape in a place.
pub(super) fn shape_of(plan: &Plan, makers: &Makers, place: usize) -> Option<Shape> {
    spec_of(plan, makers, place).map(|spec| spec.shape)
}

/// What is known of the value in a place.
pub(super) fn spec_of(plan: &Plan, makers: &Makers, place: usize) -> Option<Spec> {
    if let Some(maker) = makers.get(place) {
        let step = &plan.steps[maker];
        return Some(step.specs[place - step.output]);
    }
    if let Some(feed) = plan.feeds.iter().position(|&feed| feed == place) {
        return plan.feed_specs[feed];
    }
    // Folding leaves them in the order of their places.
    let constant = plan.constants.binary_search_by_key(&place, |constant| constant.0).ok()?;
    let (_, value) = &plan.constants[constant];
    Some(Spec::new(value.dtype(), Shape::of(value.shape())))
}
