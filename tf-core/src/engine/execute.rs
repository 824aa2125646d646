//! Takes the steps of a plan.

use super::{
    cast,
    plan::{Plan, Step},
    run::{Around, Outputs, Run, Streams, is_half},
    trace::Tracing,
};
use crate::{
    dtype::DType,
    error::{Error, Result, Status},
    ops::Op,
    session::SessionOptions,
    shape::Shape,
    spec::Spec,
    store::Cell,
    value::Value,
};
use std::{borrow::Cow, cell::RefCell, collections::HashMap, sync::Arc, time::Instant};

/// Runs a plan on these fed values; yields the fetched ones.
pub(crate) fn execute(
    plan: &Plan,
    fed: Vec<Value>,
    cells: &HashMap<u32, Arc<Cell>>,
    streams: &Streams,
    options: &SessionOptions,
    mut tracing: Option<&mut Tracing<'_>>,
) -> Result<Vec<Option<Value>>> {
    let mut places: Vec<Option<Value>> = vec![None; plan.places];
    for (&place, value) in plan.feeds.iter().zip(fed) {
        places[place] = Some(value);
    }
    for (place, value) in &plan.constants {
        places[*place] = Some(value.clone());
    }
    let idle = || plan.idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let buffers = RefCell::new(idle().pop().unwrap_or_default());
    let around = Around { cells, streams, buffers: &buffers, precision: options.precision };
    let taken = plan.demand.as_ref().map(|demand| demand.taken(cells));
    for (index, step) in plan.steps.iter().enumerate() {
        if taken.as_ref().is_some_and(|taken| !taken[index]) {
            continue;
        }
        let start = tracing.as_ref().map(|_| Instant::now());
        let outputs = step_outputs(step, &mut places, &around).map_err(|error| step.locate(error))?;
        let mut put = |index: usize, value: Value| {
            // A fed output is not overwritten: its place is among the feeds.
            places[step.output + index] = Some(value);
        };
        match outputs {
            Outputs::None => {}
            Outputs::One(value) => put(0, value),
            Outputs::Many(values) => values.into_iter().enumerate().for_each(|(index, value)| put(index, value)),
        }
        if let (Some(tracing), Some(start)) = (&mut tracing, start) {
            tracing.note(step, start, &places[step.output..step.output + step.specs.len()]);
        }
        if options.check_numerics {
            for value in places[step.output..step.output + step.specs.len()].iter().flatten() {
                check_finite(step, value)?;
            }
        }
    }
    let fetched = plan.fetches.iter().map(|place| place.and_then(|place| places[place].clone())).collect();
    let mut buffers = buffers.into_inner();
    buffers.give(places.into_iter().flatten());
    idle().push(buffers);
    Ok(fetched)
}

/// Takes a step on the values in their places; its inputs' memory is kept where nobody else holds it.
pub(super) fn step_outputs(step: &Step, places: &mut [Option<Value>], around: &Around<'_>) -> Result<Outputs> {
    let mut left_out = false;
    let mut inputs: Vec<Value> = step
        .inputs
        .iter()
        .map(|&(place, last)| {
            let value = if last { places[place].take() } else { places[place].clone() };
            value.unwrap_or_else(|| {
                assert!(matches!(step.op, Op::InitializedValue(_)), "a step comes after those that compute its inputs");
                left_out = true;
                Value::scalar(false)
            })
        })
        .collect();
    let mut specs = Cow::Borrowed(&step.specs[..]);
    let mut narrow = None;
    if step.op.through_f32() {
        for value in &mut inputs {
            if is_half(value.dtype()) {
                *value = cast::widen(value);
            }
        }
        if let Some(half) = step.specs.iter().map(|spec| spec.dtype).find(|dtype| is_half(*dtype)) {
            narrow = Some(half);
            for spec in specs.to_mut().iter_mut().filter(|spec| is_half(spec.dtype)) {
                *spec = Spec::new(DType::F32, spec.shape);
            }
        }
    }
    let shape = match known_shape(step) {
        Some(shape) => shape,
        None => output_shape(step, &inputs.iter().map(Value::shape).collect::<Vec<_>>())?,
    };
    let mut run = Run { step, inputs, specs, shape, around: *around, left_out };
    let outputs = step.op.run(&mut run)?;
    let Run { inputs, .. } = run;
    around.buffers.borrow_mut().give(inputs);
    let Some(half) = narrow else { return Ok(outputs) };
    let back = |value: Value| if value.dtype() == DType::F32 { cast::cast(&value, half) } else { value };
    Ok(match outputs {
        Outputs::None => Outputs::None,
        Outputs::One(value) => back(value).into(),
        Outputs::Many(values) => values.into_iter().map(back).collect::<Vec<_>>().into(),
    })
}

/// The shape of the first output: as known when the graph was built, or by the op's rule on the shapes that are there now. They
/// are ruled on even where the output's shape is known: `[?] + [3]` is `[3]`, and what is fed may be `[2]`.
pub(super) fn output_shape(step: &Step, inputs: &[&[usize]]) -> Result<Vec<usize>> {
    if let Some(shape) = known_shape(step) {
        return Ok(shape);
    }
    let shapes: Vec<Shape> = inputs.iter().map(|shape| Shape::of(shape)).collect();
    match step.op.rule(&shapes) {
        Some(Ok(shape)) => Ok(shape.to_vec().unwrap_or_default()),
        Some(Err(error)) => Err(Error::from_spec(&error, &[])),
        None => Ok(step.specs.first().and_then(|spec| spec.shape.to_vec()).unwrap_or_default()),
    }
}

/// The shape of the first output, where it was known when the graph was built and no rule has anything left to refuse.
fn known_shape(step: &Step) -> Option<Vec<usize>> {
    if step.ruled { step.specs.first().and_then(|spec| spec.shape.to_vec()) } else { None }
}

fn check_finite(step: &Step, value: &Value) -> Result<()> {
    if value.is_finite() {
        return Ok(());
    }
    Err(step.locate(Error::new(
        Status::DataLoss,
        "E-NOT-FINITE",
        format!(
            "op `{}` ({}) yields NaN or an infinity\n  help: look at its inputs: fetch them by name, or lower the scale of what goes in",
            step.name,
            step.op.type_name()
        ),
    )))
}
