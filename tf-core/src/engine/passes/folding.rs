//! Constants, what is computed of nothing else, and shapes that are known: their values are in place before a run begins.

use super::{Makers, alike::spec_of, outputs};
use crate::{
    engine::{
        execute::step_outputs,
        plan::{Plan, Step},
        run::{Around, Cells, Outputs, Streams},
    },
    ops::Op,
    value::Value,
};
use foldhash::HashMap;
use std::cell::RefCell;
use tf_kernels::conv2d::Precision;

/// Elements of the largest value that is kept in place of being computed.
const MOST: usize = 1 << 16;

pub(super) fn fold(plan: &mut Plan) {
    // What never changes begins with what needs no inputs, or only their shapes.
    let begins = |step: &Step| {
        matches!(step.op, Op::Constant(_) | Op::ShapeOf(_) | Op::FilledLike(_))
            || step.inputs.is_empty() && step.op.is_pure()
    };
    if !plan.steps.iter().any(begins) {
        return;
    }
    let fed: Vec<usize> = plan.feeds.clone();
    let mut of_shapes = of_shapes(plan);
    let mut known: Vec<Option<Value>> = vec![None; plan.places];
    plan.steps.retain(|step| {
        let inputs_known = step.inputs.iter().all(|input| known[input.0].is_some() && !fed.contains(&input.0));
        let foldable = matches!(step.op, Op::Constant(_)) || step.op.is_pure() && inputs_known;
        let small = |values: &[Value]| values.iter().all(|value| value.len() <= MOST);
        let of_shape = of_shapes.remove(&step.output).map(|value| vec![value]);
        let values = foldable
            .then(|| {
                let (cells, streams, buffers) = (Cells::new(), Streams::default(), RefCell::default());
                let around =
                    Around { cells: &cells, streams: &streams, buffers: &buffers, precision: Precision::Default };
                // None of these uses is marked as the last one, so that what is known stays.
                step_outputs(step, &mut known, &mut Vec::new(), &around)
            })
            .and_then(|outcome| match outcome {
                Ok(Outputs::One(value)) => Some(vec![value]),
                Ok(Outputs::Many(values)) => Some(values),
                // What is refused is refused when it runs.
                Ok(Outputs::None) | Err(_) => None,
            })
            .or(of_shape)
            .filter(|values| matches!(step.op, Op::Constant(_)) || small(values));
        let kept = values.is_none();
        outputs(step).zip(values.unwrap_or_default()).for_each(|(place, value)| known[place] = Some(value));
        kept
    });
    let read = super::readers(plan);
    let known = known.into_iter().enumerate().filter(|(place, _)| read[*place] > 0);
    plan.constants = known.filter_map(|(place, value)| Some((place, value?))).collect();
}

/// What steps make of nothing but the shape of a value, where that is known: by the places that they fill.
fn of_shapes(plan: &Plan) -> HashMap<usize, Value> {
    let mut of = HashMap::default();
    if !plan.steps.iter().any(|step| matches!(step.op, Op::ShapeOf(_) | Op::FilledLike(_))) {
        return of;
    }
    let makers = Makers::of(plan);
    for step in &plan.steps {
        let known = || spec_of(plan, &makers, step.inputs[0].0).filter(|spec| spec.shape.is_fully_defined());
        let value = match &step.op {
            // Of sizes beyond its type it tells when it runs.
            Op::ShapeOf(op) => known()
                .and_then(|spec| op.of(&spec.shape.dims().iter().map(|&size| size as usize).collect::<Vec<_>>()).ok()),
            Op::FilledLike(op) => known().filter(|spec| spec.shape.rank() == 0).map(|spec| op.scalar(spec.dtype)),
            _ => None,
        };
        of.extend(value.map(|value| (step.output, value)));
    }
    of
}
