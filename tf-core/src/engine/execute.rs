//! Takes the steps of a plan.

use super::{
    branches::{Noted, take_fork},
    buffers::Buffers,
    cast,
    feeding::Given,
    plan::{Plan, Step, Use},
    run::{Around, Cells, Outputs, Run, Streams, is_half},
    trace::Tracing,
    workspace::{Ran, Workspace},
};
use crate::{
    dims::Dims,
    dtype::DType,
    error::{Error, Result, Status},
    ops::Op,
    session::SessionOptions,
    shape::Shape,
    spec::Spec,
    value::Value,
};
use std::{borrow::Cow, ops::Range, sync::Arc, time::Instant};
use tf_kernels::threads::{Caller, alone, work_called};

/// What a run stands in.
pub(crate) struct Surroundings<'r> {
    pub(crate) cells: &'r Cells,
    pub(crate) streams: &'r Streams,
    pub(crate) options: &'r SessionOptions,
    /// The threads of the session's own, if it has some.
    pub(crate) threads: Option<&'r rayon::ThreadPool>,
}

/// Runs a plan on these values; what it yields has the fetched ones. `handed_out` says whether they become arrays of the user's.
pub(crate) fn execute(
    plan: Arc<Plan>,
    given: &(impl Given + ?Sized),
    handed_out: bool,
    surroundings: &Surroundings<'_>,
    tracing: Option<&mut Tracing<'_>>,
) -> Result<Ran> {
    let mut ran = Ran::begin(plan, given, handed_out);
    let plan = ran.plan().clone();
    let mut workspace = ran.workspace.take().expect("a run begins in a workspace");
    let steps = || take_steps(&plan, &mut workspace, surroundings, tracing);
    match surroundings.threads {
        Some(threads) => threads.install(steps),
        None if surroundings.options.is_alone() => alone(steps),
        None => {
            let _calling = Caller::enter();
            steps()
        }
    }?;
    ran.workspace = Some(workspace);
    Ok(ran)
}

fn take_steps(
    plan: &Plan,
    workspace: &mut Workspace,
    surroundings: &Surroundings<'_>,
    tracing: Option<&mut Tracing<'_>>,
) -> Result<()> {
    let Surroundings { cells, streams, options, .. } = *surroundings;
    let Workspace { places, inputs, buffers, forks, lanes, noted, .. } = workspace;
    let around = Around { cells, streams, buffers, precision: options.precision };
    let taken = plan.demand.as_ref().map(|demand| demand.taken(cells));
    let notes_work = forks.is_none() && buffers.borrow().layout().is_some();
    if notes_work {
        *noted = Noted::begin(places);
    }
    let mut watched =
        Watched { taken, tracing, noted: notes_work.then_some(&mut *noted), check_numerics: options.check_numerics };
    let mut next = 0;
    for (number, fork) in forks.as_deref().unwrap_or_default().iter().enumerate() {
        take_in_turn(plan, next..fork.steps.start, places, inputs, &around, &mut watched)?;
        take_fork(plan, (number, fork), places, inputs, lanes, &around)?;
        next = fork.steps.end;
    }
    take_in_turn(plan, next..plan.steps.len(), places, inputs, &around, &mut watched)?;
    if notes_work {
        noted.end(plan);
    }
    Ok(())
}

/// What is looked at where steps are taken.
struct Watched<'w, 't> {
    /// Whether each step is taken, if some may be left out.
    taken: Option<Vec<bool>>,
    tracing: Option<&'w mut Tracing<'t>>,
    noted: Option<&'w mut Noted>,
    check_numerics: bool,
}

/// Takes steps of a plan one after the other.
fn take_in_turn(
    plan: &Plan,
    steps: Range<usize>,
    places: &mut [Option<Value>],
    inputs: &mut Vec<Value>,
    around: &Around<'_>,
    watched: &mut Watched<'_, '_>,
) -> Result<()> {
    let Watched { taken, tracing, noted, check_numerics } = watched;
    for index in steps {
        if taken.as_ref().is_some_and(|taken| !taken[index]) {
            continue;
        }
        let step = &plan.steps[index];
        let start = tracing.as_ref().map(|_| Instant::now());
        let before = noted.as_ref().map(|_| work_called());
        take(plan, index, places, inputs, around)?;
        if let (Some(noted), Some(before)) = (&mut *noted, before) {
            noted.step(step, work_called().wrapping_sub(before), around.buffers.borrow().was_asked(), places);
        }
        if let (Some(tracing), Some(start)) = (&mut *tracing, start) {
            tracing.note(step, start, &places[step.output..step.output + step.specs.len()]);
        }
        if *check_numerics {
            for value in places[step.output..step.output + step.specs.len()].iter().flatten() {
                check_finite(step, value)?;
            }
        }
    }
    Ok(())
}

/// Takes a step of the plan, and puts what it yields in place.
#[inline]
pub(super) fn take(
    plan: &Plan,
    index: usize,
    places: &mut [Option<Value>],
    inputs: &mut Vec<Value>,
    around: &Around<'_>,
) -> Result<()> {
    let step = &plan.steps[index];
    around.buffers.borrow_mut().begin(index + 1);
    let outputs = step_outputs(step, places, inputs, around).map_err(|error| step.locate(error))?;
    let mut put = |index: usize, value: Value| {
        // What is fed is not overwritten: its place is among the feeds, not where the step's own output goes.
        let place = step.output + index;
        if plan.uses[place] == Use::None {
            around.buffers.borrow_mut().give(value)
        } else {
            places[place] = Some(value)
        }
    };
    match outputs {
        Outputs::None => {}
        Outputs::One(value) => put(0, value),
        Outputs::Many(values) => values.into_iter().enumerate().for_each(|(index, value)| put(index, value)),
    }
    Ok(())
}

/// Takes a step on the values in their places; its inputs' memory is kept where nobody else holds it. `inputs` is empty, and is left so.
pub(super) fn step_outputs(
    step: &Step,
    places: &mut [Option<Value>],
    inputs: &mut Vec<Value>,
    around: &Around<'_>,
) -> Result<Outputs> {
    let mut left_out = false;
    inputs.extend(step.inputs.iter().map(|&(place, last)| {
        let value = if last { places[place].take() } else { places[place].clone() };
        value.unwrap_or_else(|| {
            assert!(matches!(step.op, Op::InitializedValue(_)), "a step comes after those that compute its inputs");
            left_out = true;
            Value::scalar(false)
        })
    }));
    let mut specs = Cow::Borrowed(&step.specs[..]);
    let mut narrow = None;
    if step.op.through_f32() {
        for value in inputs.iter_mut() {
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
    let shape = output_shape(step, inputs.iter().map(Value::shape))?;
    let mut run = Run { step, inputs: std::mem::take(inputs), specs, shape, around: *around, left_out };
    let outputs = step.op.run(&mut run)?;
    let Run { inputs: mut read, .. } = run;
    let buffers: &mut Buffers = &mut around.buffers.borrow_mut();
    read.drain(..).for_each(|value| buffers.give(value));
    *inputs = read;
    let Some(half) = narrow else { return Ok(outputs) };
    let back = |value: Value| if value.dtype() == DType::F32 { cast::cast(&value, half) } else { value };
    Ok(match outputs {
        Outputs::None => Outputs::None,
        Outputs::One(value) => back(value).into(),
        Outputs::Many(values) => values.into_iter().map(back).collect::<Vec<_>>().into(),
    })
}

/// Takes steps that were joined, of which there is no kernel for what these inputs are. Places are numbered: the inputs of the run, then the
/// values of the steps in their order; those of `results` leave.
pub(super) fn one_by_one(steps: &[Step], inputs: usize, results: &[usize], run: &mut Run<'_>) -> Result<Outputs> {
    let mut places: Vec<Option<Value>> = (0..inputs).map(|index| Some(run.take(index))).collect();
    places.resize(inputs + steps.iter().map(|step| step.specs.len()).sum::<usize>(), None);
    for step in steps {
        let values =
            match step_outputs(step, &mut places, &mut Vec::new(), &run.around).map_err(|error| step.locate(error))? {
                Outputs::None => Vec::new(),
                Outputs::One(value) => vec![value],
                Outputs::Many(values) => values,
            };
        for (place, value) in places[step.output..].iter_mut().zip(values) {
            *place = Some(value);
        }
    }
    let result = |&result: &usize| places[result].take().expect("each of the steps was taken");
    let results = results.iter().map(result).collect();
    let buffers: &mut Buffers = &mut run.around.buffers.borrow_mut();
    places.into_iter().flatten().for_each(|value| buffers.give(value));
    Ok(Outputs::Many(results))
}

/// The shape of the first output: as known when the graph was built, or by the op's rule on the shapes that are there now. They
/// are ruled on even where the output's shape is known: `[?] + [3]` is `[3]`, and what is fed may be `[2]`.
pub(crate) fn output_shape<'s>(step: &Step, inputs: impl Iterator<Item = &'s [usize]>) -> Result<Dims> {
    let known = || step.specs.first().and_then(|spec| Dims::of(&spec.shape));
    if step.ruled
        && let Some(shape) = known()
    {
        return Ok(shape);
    }
    let shapes = Shapes::of(inputs);
    match step.op.rule(shapes.as_slice()) {
        Some(Ok(shape)) => Ok(Dims::of(&shape).unwrap_or(Dims::SCALAR)),
        Some(Err(error)) => Err(Error::from_spec(&error, &[])),
        None => Ok(known().unwrap_or(Dims::SCALAR)),
    }
}

/// As many inputs' shapes are in place.
const FEW: usize = 4;

/// Shapes of values, in place where they are few.
pub(crate) enum Shapes {
    Few(usize, [Shape; FEW]),
    Many(Vec<Shape>),
}

impl Shapes {
    pub(crate) fn of<'s>(sizes: impl Iterator<Item = &'s [usize]>) -> Shapes {
        let mut shapes = Shapes::Few(0, [Shape::SCALAR; FEW]);
        for sizes in sizes {
            let shape = Shape::of(sizes);
            match &mut shapes {
                Shapes::Few(count @ 0..FEW, few) => {
                    few[*count] = shape;
                    *count += 1;
                }
                Shapes::Few(_, few) => shapes = Shapes::Many(few.iter().copied().chain([shape]).collect()),
                Shapes::Many(many) => many.push(shape),
            }
        }
        shapes
    }

    pub(crate) fn as_slice(&self) -> &[Shape] {
        match self {
            Shapes::Few(count, few) => &few[..*count],
            Shapes::Many(many) => many,
        }
    }
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
