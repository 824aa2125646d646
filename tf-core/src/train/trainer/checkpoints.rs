//! When and where a training run saves its checkpoints, and whether it goes on from one.

use super::{
    identity::Identity,
    period::Every,
    run_state::{KEY, RunState},
};
use crate::{
    checkpoint::{Checkpoint, Saver, latest_checkpoint},
    error::{Error, Result, Status},
    model::Instance,
};
use std::path::{Path, PathBuf};

/// Where a training run saves its checkpoints, how often, and whether it goes on from the last one.
///
/// The files hold every variable of the model with its slots, the global step, and where the run stands: the position in the data, how far random
/// ops have drawn, the metrics so far. A run that is resumed takes the very steps that it would have taken.
///
/// ```
/// # use tf_core as tf;
/// use tf::train::{Checkpoints, Every};
/// let checkpoints = Checkpoints::within("runs/line").every(Every::steps(500)).keep(3).resumed();
/// # let _ = checkpoints;
/// ```
#[derive(Clone, Debug)]
pub struct Checkpoints {
    folder: PathBuf,
    every: Every,
    keep: usize,
    resume: Resume,
}

#[derive(Clone, Debug)]
enum Resume {
    Never,
    Latest,
    From(PathBuf),
}

impl Checkpoints {
    /// In this folder, which is made if it is missing: before the first step, after each epoch, and in the end, as `model-STEP.safetensors`. The last five
    /// are kept. With an [`EarlyStop`](crate::train::EarlyStop) the best values are in `best.safetensors`. A folder that has checkpoints already is
    /// refused unless the run goes on from one ([`resumed`](Checkpoints::resumed)), since the new ones would take their place.
    pub fn within(folder: impl AsRef<Path>) -> Checkpoints {
        Checkpoints { folder: folder.as_ref().to_owned(), every: Every::epochs(1), keep: 5, resume: Resume::Never }
    }

    /// How often.
    pub fn every(mut self, every: Every) -> Self {
        self.every = every;
        self
    }

    /// How many are kept; 0 for all.
    pub fn keep(mut self, checkpoints: usize) -> Self {
        self.keep = checkpoints;
        self
    }

    /// Goes on from the latest checkpoint in the folder; where there is none, the run begins.
    pub fn resumed(mut self) -> Self {
        self.resume = Resume::Latest;
        self
    }

    /// Goes on from this checkpoint.
    pub fn resumed_from(mut self, path: impl AsRef<Path>) -> Self {
        self.resume = Resume::From(path.as_ref().to_owned());
        self
    }
}

/// The checkpoints of a run under way.
#[derive(Debug)]
pub(super) struct Saving {
    settings: Checkpoints,
    saver: Saver,
    pub(super) last: Option<PathBuf>,
    /// The step that it is of.
    saved_at: Option<u64>,
}

impl Saving {
    pub(super) fn new(settings: Checkpoints, instance: &Instance) -> Result<Saving> {
        settings.every.check("checkpoints are saved")?;
        std::fs::create_dir_all(&settings.folder)
            .map_err(|error| crate::checkpoint::cannot("made", &settings.folder, &error))?;
        // Local variables too: a model may keep its state in them.
        let names: Vec<String> = instance.graph().variables().into_iter().map(|variable| variable.name).collect();
        let saver = Saver::of(instance.graph(), names)?.max_to_keep(settings.keep).allow_empty();
        Ok(Saving { settings, saver, last: None, saved_at: None })
    }

    pub(super) fn every(&self) -> Every {
        self.settings.every
    }

    /// # Errors
    /// E-CHECKPOINT-FOLDER if the folder has checkpoints, of which a run that begins anew would keep the last few only.
    fn unused(&self) -> Result<()> {
        let Some(last) = latest_checkpoint(&self.settings.folder)? else { return Ok(()) };
        let (folder, last) = (self.settings.folder.display(), last.display());
        let text = format!(
            "a run begins anew in `{folder}`, which has the checkpoints of another, the last `{last}`\n  help: `.resumed()` goes on from there; for a new run name another folder, or remove this one"
        );
        Err(Error::new(Status::AlreadyExists, "E-CHECKPOINT-FOLDER", text))
    }

    /// Restores the model from the checkpoint to resume from, if there is one; yields where the run stood.
    ///
    /// # Errors
    /// E-RESUME if it is of another run; those of [`Saver::restore`]; what `check` finds wrong with the run; then no variable is changed.
    pub(super) fn resume(
        &mut self,
        instance: &Instance,
        identity: &Identity,
        check: impl FnOnce(&RunState) -> Result<()>,
    ) -> Result<Option<RunState>> {
        let path = match &self.settings.resume {
            Resume::Never => return self.unused().map(|()| None),
            Resume::From(path) => path.clone(),
            Resume::Latest => match latest_checkpoint(&self.settings.folder)? {
                Some(latest) => latest,
                None => return Ok(None),
            },
        };
        let checkpoint = Checkpoint::open(&path)?;
        let state = RunState::read(&checkpoint, identity)?;
        check(&state)?;
        self.saver.restore(instance.session(), &checkpoint).map_err(|mut error| {
            error.add_line("  a run is resumed with the model and the optimizer that it began with");
            error
        })?;
        self.last = checkpoint.path().map(Path::to_owned);
        self.saved_at = Some(state.step);
        Ok(Some(state))
    }

    /// Saves where the run stands, unless that is done.
    ///
    /// # Errors
    /// E-LOSS-NAN if a trainable variable is not finite; those of [`Saver::save`].
    pub(super) fn save(&mut self, instance: &Instance, state: &RunState, identity: &Identity) -> Result<()> {
        if self.saved_at == Some(state.step) {
            return Ok(());
        }
        if let Some(name) = spoilt(instance) {
            let what = format!("variable `{name}` is no longer finite after step {}", state.step);
            return Err(not_finite(&what, Some(self)).of_variable(&name));
        }
        let metadata = (KEY, state.to_json(identity));
        let path = self.settings.folder.join("model");
        self.last = Some(self.saver.save_step_with(instance.session(), &path, state.step, Some(metadata))?);
        self.saved_at = Some(state.step);
        Ok(())
    }

    pub(super) fn save_best(&self, instance: &Instance) -> Result<()> {
        instance.save(self.settings.folder.join("best.safetensors"))
    }
}

/// A run whose numbers are spoilt: says from where it can go on.
pub(super) fn not_finite(what: &str, saving: Option<&Saving>) -> Error {
    let last = saving.and_then(|saving| saving.last.as_ref());
    let from = last.map(|path| format!(";\n        `{}` is from before", path.display())).unwrap_or_default();
    Error::new(
        Status::DataLoss,
        "E-LOSS-NAN",
        format!(
            "{what}\n  help: make the learning rate smaller, clip the gradients, and look at the data; `SessionOptions::check_numerics` names the op that makes the first such value{from}"
        ),
    )
}

/// A trainable variable with a value that is not finite.
fn spoilt(instance: &Instance) -> Option<String> {
    let trainable = instance.graph().variables().into_iter().filter(|variable| variable.trainable);
    trainable
        .map(|variable| variable.name)
        .find(|name| instance.store().get(name).is_ok_and(|value| !value.is_finite()))
}
