//! A training run: steps, and what is done after each of them.

use super::{
    Ended, Evaluates, Step, Taken, Trainer, TrainingReport, Until,
    checkpoints::{Saving, not_finite},
    early_stop::EarlyStop,
    evaluation::sum,
    progress::Seen,
    standing::{Identity, Standing},
};
use crate::{
    data::{Batches, Dataset},
    error::{Error, Result, Status},
    model::{Instance, Model},
    session::StreamPosition,
};
use std::collections::{BTreeMap, HashSet};

/// The metric that is known without an evaluation.
const EPOCH_LOSS: &str = "train/loss";
/// What the random ops of the model itself are kept under.
const OWN: &str = "model";

pub(super) fn run<M: Model, D: Dataset<Batch = M::Inputs> + 'static>(
    mut trainer: Trainer<'_, M, D>,
    until: Until,
) -> Result<TrainingReport> {
    let instance = trainer.model.built();
    let steps = steps(instance, &mut trainer.steps)?;
    check(instance, &trainer.evaluations, trainer.early_stop.as_ref())?;
    let identity = identity::<M, D>(instance, &trainer.batches, &steps);
    let drawn = Drawn::new(instance, &trainer.evaluations);
    let mut saving = trainer.checkpoints.take().map(|settings| Saving::new(settings, instance)).transpose()?;
    let resumed = match &mut saving {
        Some(saving) => saving.resume(instance, &identity)?,
        None => None,
    };
    let resumed_at = resumed.as_ref().map(|standing| standing.step);
    let mut standing =
        resumed.unwrap_or_else(|| Standing { position: trainer.batches.position(), ..Standing::default() });
    if resumed_at.is_some() {
        trainer.batches.seek(standing.position);
        standing.restore_streams(OWN, instance.session())?;
        for evaluation in &trainer.evaluations {
            standing.restore_streams(evaluation.name(), evaluation.instance().session())?;
        }
    } else if let Some(saving) = &mut saving {
        // A folder that cannot be written is known before the first step.
        saving.save(instance, &standing, &identity)?;
    }
    #[cfg(feature = "terminal")]
    let interrupted = trainer.ctrl_c.then(super::ctrl_c::Guard::new).transpose()?;
    #[cfg(feature = "events")]
    let recording = match trainer.events.take() {
        Some(events) => Some(events.begin(instance, resumed_at)?),
        None => None,
    };
    let per_epoch = trainer.batches.per_epoch();
    let mut last_loss = None;
    let mut evaluated_at = resumed_at;
    trainer.progress.begin(standing.step, until.steps_left(standing.step, standing.position, per_epoch));
    let ended = loop {
        if until.is_over(standing.step, standing.position) {
            break Ended::Finished;
        }
        if trainer.early_stop.as_ref().is_some_and(|stop| standing.watched.ends(stop)) {
            break Ended::Early;
        }
        #[cfg(feature = "terminal")]
        let interrupted = interrupted.as_ref().is_some_and(super::ctrl_c::Guard::is_interrupted);
        #[cfg(not(feature = "terminal"))]
        let interrupted = false;
        if interrupted || trainer.stopper.is_stopped() {
            break Ended::Stopped;
        }
        // One step.
        let at = standing.position;
        let values = M::values(trainer.batches.next_batch());
        let mut losses = Vec::with_capacity(steps.len());
        let mut first = None;
        for (name, step) in &steps {
            let (outputs, rate) = instance.step_at_rate(*step, values.clone())?;
            let loss = sum(&outputs[step.output]);
            if !loss.is_finite() {
                let what = format!(
                    "the {name} is {loss} at step {} (epoch {}, batch {})",
                    standing.step + 1,
                    at.epoch,
                    at.batch
                );
                return Err(not_finite(&what, saving.as_ref()));
            }
            losses.push((name.clone(), loss));
            first.get_or_insert((outputs, rate));
        }
        let (outputs, learning_rate) = first.expect("there is a step to take");
        let loss = losses[0].1;
        last_loss = Some(loss);
        standing.step += 1;
        standing.position = trainer.batches.position();
        standing.epoch_loss = (standing.epoch_loss.0 + loss, standing.epoch_loss.1 + 1);
        for (name, loss) in &losses {
            standing.curves.push(name, standing.step, *loss);
        }
        let taken =
            Taken { step: standing.step, epoch: at.epoch, loss, losses: &losses, learning_rate, outputs: &outputs };
        trainer.watching.iter_mut().for_each(|watching| watching(&taken));
        trainer.progress.step(&Seen { step: standing.step, epoch: at.epoch, losses: &losses, learning_rate });
        #[cfg(feature = "events")]
        if let Some(recording) = &recording {
            recording.step(&taken, standing.position, instance)?;
        }
        // What is due after it.
        let mut found = Vec::new();
        if standing.position.batch == 0 {
            let (total, count) = std::mem::take(&mut standing.epoch_loss);
            found.push((EPOCH_LOSS.to_owned(), total / count as f64));
        }
        let over = until.is_over(standing.step, standing.position);
        for evaluation in &mut trainer.evaluations {
            if over || evaluation.every().is_due(standing.step, standing.position) {
                let evaluated = evaluation.evaluate()?;
                #[cfg(feature = "events")]
                if let Some(recording) = &recording {
                    recording.images(standing.step, &evaluated.images)?;
                }
                found.extend(evaluated.metrics);
                evaluated_at = Some(standing.step);
            }
        }
        let mut best = false;
        for (name, value) in &found {
            standing.metrics.insert(name.clone(), *value);
            standing.curves.push(name, standing.step, *value);
            if let Some(stop) = &trainer.early_stop {
                best |= standing.watched.see(stop, name, standing.step, *value);
            }
        }
        if !found.is_empty() {
            trainer.progress.metrics(standing.step, at.epoch, &found);
            #[cfg(feature = "events")]
            if let Some(recording) = &recording {
                recording.metrics(standing.step, &found)?;
            }
        }
        let mut drawn_anew = evaluated_at == Some(standing.step);
        if let Some(saving) = &mut saving {
            if best {
                saving.save_best(instance)?;
            }
            if saving.every().is_due(standing.step, standing.position) {
                drawn.note(instance, &trainer.evaluations, &mut standing);
                saving.save(instance, &standing, &identity)?;
                drawn_anew = true;
            }
        }
        if let Some(path) = trainer.chart.as_ref().filter(|_| drawn_anew) {
            standing.curves.save(instance.declared.name, path)?;
        }
    };
    trainer.progress.end(ended);
    if let Some(saving) = &mut saving {
        drawn.note(instance, &trainer.evaluations, &mut standing);
        saving.save(instance, &standing, &identity)?;
    }
    if let Some(path) = &trainer.chart {
        standing.curves.save(instance.declared.name, path)?;
    }
    Ok(TrainingReport {
        steps: standing.step,
        resumed_at,
        loss: last_loss,
        metrics: standing.metrics,
        best: standing.watched.best,
        ended,
        curves: standing.curves.0,
        checkpoint: saving.and_then(|saving| saving.last),
    })
}

/// The steps to take with each batch: those that were named, or the first that is attached.
fn steps(instance: &Instance, named: &mut Vec<(String, Step)>) -> Result<Vec<(String, Step)>> {
    if named.is_empty() {
        return Ok(vec![("loss".to_owned(), instance.attached(None)?)]);
    }
    std::mem::take(named).into_iter().map(|(name, step)| Ok((name, instance.attached(Some(step))?))).collect()
}

fn check(instance: &Instance, evaluations: &[Box<dyn Evaluates + '_>], stop: Option<&EarlyStop>) -> Result<()> {
    let mut names = HashSet::from([OWN]);
    let mut metrics = vec![EPOCH_LOSS.to_owned()];
    for evaluation in evaluations {
        evaluation.check(instance)?;
        metrics.extend(evaluation.metric_names());
        if !names.insert(evaluation.name()) {
            let name = evaluation.name();
            return Err(Error::new(
                Status::AlreadyExists,
                "E-EVALUATION",
                format!(
                    "two evaluations have the name `{name}`, or it is that of the model\n  help: give each its own: `Evaluation::new(..).named(\"test\")`"
                ),
            ));
        }
    }
    stop.map_or(Ok(()), |stop| stop.check(&metrics))
}

/// What must be the same where the run is resumed.
fn identity<M: Model, D: Dataset<Batch = M::Inputs> + 'static>(
    instance: &Instance,
    batches: &Batches<D>,
    steps: &[(String, Step)],
) -> Identity {
    let (examples, size, shuffled, drops) = batches.followed_from();
    let or_none = |seed: Option<String>| seed.unwrap_or_else(|| "none".to_owned());
    let graph_seed = instance.graph().state().seed;
    let sums = M::values(batches.sample())
        .iter()
        .map(crate::checkpoint::checksum)
        .map(|sum| format!("{sum:08x}"))
        .collect::<Vec<_>>();
    let names: Vec<&str> = steps.iter().map(|(name, _)| name.as_str()).collect();
    Identity(vec![
        ("the model", format!("`{}`", instance.declared.name)),
        ("the model's seed", or_none(graph_seed.map(|seed| seed.to_string()))),
        ("the list of steps", names.join(", ")),
        ("the number of examples", examples.to_string()),
        ("the checksum of the examples", sums.join(" ")),
        ("the batch size", size.to_string()),
        ("the seed that shuffles", or_none(shuffled.map(|seed| seed.to_string()))),
        ("whether a smaller last batch is left out", drops.to_string()),
    ])
}

/// How far random ops had drawn when the run began: only what it draws itself is the run's.
struct Drawn(BTreeMap<String, BTreeMap<String, StreamPosition>>);

impl Drawn {
    fn new(instance: &Instance, evaluations: &[Box<dyn Evaluates + '_>]) -> Drawn {
        Drawn(of_all(instance, evaluations).map(|(name, instance)| (name, instance.session().streams())).collect())
    }

    /// Notes how far those have drawn by now that went on since.
    fn note(&self, instance: &Instance, evaluations: &[Box<dyn Evaluates + '_>], standing: &mut Standing) {
        for (name, instance) in of_all(instance, evaluations) {
            let before = &self.0[&name];
            let now = instance.session().streams();
            let went_on = now.into_iter().filter(|(op, position)| before.get(op) != Some(position));
            standing.streams.entry(name).or_default().extend(went_on);
        }
    }
}

fn of_all<'i>(
    instance: &'i Instance,
    evaluations: &'i [Box<dyn Evaluates + '_>],
) -> impl Iterator<Item = (String, &'i Instance)> {
    let own = std::iter::once((OWN.to_owned(), instance));
    own.chain(evaluations.iter().map(|evaluation| (evaluation.name().to_owned(), evaluation.instance())))
}
