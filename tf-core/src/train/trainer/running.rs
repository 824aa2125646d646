//! A training run: its beginning, steps with what is due after each of them, and its end.

#[cfg(feature = "terminal")]
use super::ctrl_c::Guard;
#[cfg(feature = "events")]
use super::recording::Recording;
use super::{
    Ended, Step, Taken, Trainer, TrainingReport, Until, Wanted,
    checkpoints::{Saving, not_finite},
    draws::{self, Draws},
    evaluation::{self, EPOCH_LOSS, sum},
    identity::Identity,
    progress::Seen,
    run_state::RunState,
};
use crate::{
    data::{Batches, Dataset},
    error::{Error, Result, Status},
    model::Instance,
    value::Value,
};

pub(super) fn run<D: Dataset + 'static>(trainer: Trainer<'_, D>, until: Until) -> Result<TrainingReport> {
    let mut run = Running::begin(trainer, until)?;
    let ended = loop {
        if let Some(ended) = run.is_over() {
            break ended;
        }
        let epoch = run.step()?;
        let found = run.evaluate()?;
        let best = run.tell(epoch, &found)?;
        run.keep(best, found.iter().any(|(name, _)| name != EPOCH_LOSS))?;
    };
    run.end(ended)
}

/// A run under way.
struct Running<'t, D: Dataset> {
    instance: &'t Instance,
    batches: Batches<D>,
    inputs: fn(D::Batch) -> Vec<Value>,
    until: Until,
    wanted: Wanted<'t>,
    /// The steps to take with each batch.
    steps: Vec<(String, Step)>,
    identity: Identity,
    draws: Draws,
    state: RunState,
    resumed_at: Option<u64>,
    last_loss: Option<f64>,
    saving: Option<Saving>,
    #[cfg(feature = "terminal")]
    interrupted: Option<Guard>,
    #[cfg(feature = "events")]
    recording: Option<Recording>,
}

impl<'t, D: Dataset + 'static> Running<'t, D> {
    /// Looks whether all can be done that is wanted, and goes to where the run begins or is resumed.
    fn begin(trainer: Trainer<'t, D>, until: Until) -> Result<Self> {
        let Trainer { instance, batches, inputs, mut wanted } = trainer;
        let steps = steps(instance, std::mem::take(&mut wanted.steps))?;
        evaluation::check(instance, &wanted.evaluations, wanted.early_stop.as_ref())?;
        if let Some(path) = &wanted.chart {
            crate::chart::check_folder(path)?;
        }
        let mut run = Running {
            identity: Identity::of(instance, &batches, inputs, &steps)?,
            draws: Draws::new(instance, &wanted.evaluations),
            state: RunState::at(batches.position()),
            resumed_at: None,
            last_loss: None,
            saving: wanted.checkpoints.take().map(|settings| Saving::new(settings, instance)).transpose()?,
            #[cfg(feature = "terminal")]
            interrupted: None,
            #[cfg(feature = "events")]
            recording: None,
            instance,
            batches,
            inputs,
            until,
            wanted,
            steps,
        };
        if !run.resume()? {
            // A folder that cannot be written is known before the first step.
            run.save()?;
        }
        #[cfg(feature = "terminal")]
        if run.wanted.ctrl_c {
            run.interrupted = Some(Guard::new()?);
        }
        #[cfg(feature = "events")]
        if let Some(events) = run.wanted.events.take() {
            run.recording = Some(events.begin(instance, run.resumed_at)?);
        }
        let RunState { step, position, .. } = run.state;
        run.wanted.progress.begin(step, until.steps_left(step, position, run.batches.per_epoch()));
        if run.resumed_at.is_some() {
            if until.is_over(step, position) {
                run.wanted.progress.nothing_left(step);
            } else if let Some(from) = run.saving.as_ref().and_then(|saving| saving.last.as_ref()) {
                run.wanted.progress.goes_on(step, from);
            }
        }
        Ok(run)
    }

    /// Goes on from a checkpoint, if that is asked for and there is one.
    fn resume(&mut self) -> Result<bool> {
        let Some(saving) = &mut self.saving else { return Ok(false) };
        let check = |state: &RunState| draws::check(state, self.instance, &self.wanted.evaluations);
        let Some(state) = saving.resume(self.instance, &self.identity, check)? else { return Ok(false) };
        self.batches.seek(state.position);
        draws::restore(&state, self.instance, &self.wanted.evaluations)?;
        self.resumed_at = Some(state.step);
        self.state = state;
        Ok(true)
    }

    /// Whether there is a reason to take no further step.
    fn is_over(&self) -> Option<Ended> {
        if self.until.is_over(self.state.step, self.state.position) {
            return Some(Ended::Finished);
        }
        if self.wanted.early_stop.as_ref().is_some_and(|stop| self.state.watched.ends(stop)) {
            return Some(Ended::Early);
        }
        #[cfg(feature = "terminal")]
        if self.interrupted.as_ref().is_some_and(Guard::is_interrupted) {
            return Some(Ended::Stopped);
        }
        self.wanted.stopper.is_stopped().then_some(Ended::Stopped)
    }

    /// Takes the steps with the next batch, and tells of them; yields the epoch that the batch is of.
    fn step(&mut self) -> Result<u64> {
        let at = self.state.position;
        let values = (self.inputs)(self.batches.next_batch()?);
        let mut losses = Vec::with_capacity(self.steps.len());
        let mut first = None;
        for (name, step) in &self.steps {
            let (outputs, rate) = self.instance.step_at_rate(*step, values.clone())?;
            let loss = sum(&outputs[step.output]);
            if !loss.is_finite() {
                let step = self.state.step + 1;
                let what = format!(
                    "the {name} is {loss} at step {step} (epoch {}, batch {} of it, both counted from 0)",
                    at.epoch, at.batch
                );
                return Err(not_finite(&what, self.saving.as_ref()));
            }
            losses.push((name.clone(), loss));
            first.get_or_insert((outputs, rate));
        }
        let (outputs, learning_rate) = first.expect("there is a step to take");
        self.last_loss = Some(losses[0].1);
        self.state.count(&losses, self.batches.position());
        let (step, epoch, loss) = (self.state.step, at.epoch, losses[0].1);
        let taken = Taken { step, epoch, loss, losses: &losses, learning_rate, outputs: &outputs };
        self.wanted.watching.iter_mut().try_for_each(|watching| watching(&taken))?;
        self.wanted.progress.step(&Seen { step, epoch, losses: &losses, learning_rate });
        #[cfg(feature = "events")]
        if let Some(recording) = &self.recording {
            recording.step(&taken, self.state.position, self.instance)?;
        }
        Ok(epoch)
    }

    /// What is known of the model after this step: the loss of an epoch that has ended, and what those evaluations find that are due.
    fn evaluate(&mut self) -> Result<Vec<(String, f64)>> {
        let mut found: Vec<_> =
            self.state.ended_epoch().map(|loss| (EPOCH_LOSS.to_owned(), loss)).into_iter().collect();
        let RunState { step, position, .. } = self.state;
        let over = self.until.is_over(step, position);
        for evaluation in &mut self.wanted.evaluations {
            if over || evaluation.every().is_due(step, position) {
                let evaluated = evaluation.evaluate(self.instance)?;
                #[cfg(feature = "events")]
                if let Some(recording) = &self.recording {
                    recording.images(step, &evaluated.images)?;
                }
                found.extend(evaluated.metrics);
            }
        }
        Ok(found)
    }

    /// Notes metrics and shows them; says whether the watched one is the best so far.
    fn tell(&mut self, epoch: u64, found: &[(String, f64)]) -> Result<bool> {
        if found.is_empty() {
            return Ok(false);
        }
        let best = self.state.note(found, self.wanted.early_stop.as_ref());
        self.wanted.progress.metrics(self.state.step, epoch, found);
        #[cfg(feature = "events")]
        if let Some(recording) = &self.recording {
            recording.metrics(self.state.step, found)?;
        }
        Ok(best)
    }

    /// Writes what is due: the best values, a checkpoint, and with these or after an evaluation the chart.
    fn keep(&mut self, best: bool, evaluated: bool) -> Result<()> {
        let RunState { step, position, .. } = self.state;
        let due = self.saving.as_ref().is_some_and(|saving| saving.every().is_due(step, position));
        if let Some(saving) = self.saving.as_ref().filter(|_| best) {
            saving.save_best(self.instance)?;
        }
        if due {
            self.save()?;
        }
        if due || evaluated { self.draw() } else { Ok(()) }
    }

    /// A checkpoint of where the run stands, if any are asked for.
    fn save(&mut self) -> Result<()> {
        let Some(saving) = &mut self.saving else { return Ok(()) };
        self.draws.note(self.instance, &self.wanted.evaluations, &mut self.state);
        saving.save(self.instance, &self.state, &self.identity)
    }

    /// The chart of the curves, if one is asked for.
    fn draw(&self) -> Result<()> {
        let Some(path) = &self.wanted.chart else { return Ok(()) };
        self.state.curves.save(self.instance.declared.name, path)
    }

    fn end(mut self, ended: Ended) -> Result<TrainingReport> {
        self.wanted.progress.end(ended);
        self.save()?;
        self.draw()?;
        Ok(TrainingReport {
            steps: self.state.step,
            resumed_at: self.resumed_at,
            loss: self.last_loss,
            metrics: self.state.metrics,
            best: self.state.watched.best,
            ended,
            curves: self.state.curves.0,
            checkpoint: self.saving.and_then(|saving| saving.last),
        })
    }
}

/// The steps to take with each batch: those that were named, or the first that is attached.
fn steps(instance: &Instance, named: Vec<(String, Step)>) -> Result<Vec<(String, Step)>> {
    if named.is_empty() && instance.steps.len() > 1 {
        let text = format!(
            "model `{}` has {} optimizers, and the trainer is not told whose steps it takes\n  help: name them in their order, one or several: `.taking(\"loss\", first)`, with what `attach` returned",
            instance.declared.name,
            instance.steps.len()
        );
        return Err(Error::new(Status::InvalidArgument, "E-STEP-CHOICE", text));
    }
    if named.is_empty() {
        return Ok(vec![("loss".to_owned(), instance.attached(None)?.step)]);
    }
    named.into_iter().map(|(name, step)| Ok((name, instance.attached(Some(step))?.step))).collect()
}
