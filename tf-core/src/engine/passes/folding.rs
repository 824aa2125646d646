//! Constants, and what is computed of nothing else: their values are in place before a run begins.

use super::outputs;
use crate::{
    engine::{
        execute::step_outputs,
        plan::Plan,
        run::{Around, Cells, Outputs, Streams},
    },
    ops::Op,
    value::Value,
};
use std::{cell::RefCell, collections::HashMap};
use tf_kernels::conv2d::Precision;

/// Elements of the largest value that is kept in place of being computed.
const MOST: usize = 1 << 16;

pub(super) fn fold(plan: &mut Plan) {
    let fed: Vec<usize> = plan.feeds.clone();
    let mut known: HashMap<usize, Value> = HashMap::new();
    let steps = std::mem::take(&mut plan.steps);
    for step in steps {
        let inputs_known = step.inputs.iter().all(|input| known.contains_key(&input.0) && !fed.contains(&input.0));
        let foldable = matches!(step.op, Op::Constant(_)) || step.op.is_pure() && inputs_known;
        let small = |values: &[Value]| values.iter().all(|value| value.len() <= MOST);
        let values = foldable
            .then(|| {
                let mut places: Vec<Option<Value>> = vec![None; plan.places];
                for input in &step.inputs {
                    places[input.0] = known.get(&input.0).cloned();
                }
                let (cells, streams, buffers) = (Cells::new(), Streams::default(), RefCell::default());
                let around =
                    Around { cells: &cells, streams: &streams, buffers: &buffers, precision: Precision::Default };
                step_outputs(&step, &mut places, &mut Vec::new(), &around)
            })
            .and_then(|outcome| match outcome {
                Ok(Outputs::One(value)) => Some(vec![value]),
                Ok(Outputs::Many(values)) => Some(values),
                // What is refused is refused when it runs.
                Ok(Outputs::None) | Err(_) => None,
            })
            .filter(|values| matches!(step.op, Op::Constant(_)) || small(values));
        match values {
            Some(values) => known.extend(outputs(&step).zip(values)),
            None => plan.steps.push(step),
        }
    }
    let read = super::readers(plan);
    plan.constants = known.into_iter().filter(|(place, _)| read[*place] > 0).collect();
    plan.constants.sort_by_key(|(place, _)| *place);
}
