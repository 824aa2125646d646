//! The loop around steps: batches, epochs, evaluation, checkpoints, an early end, progress.
//!
//! | file | what it holds |
//! |---|---|
//! | this one | [`Trainer`]: what a run is to do |
//! | `running` | the run: its beginning, its steps, what is due after each, its end |
//! | `period` | [`Until`], [`Every`] |
//! | `evaluation` | [`Evaluation`]: another model on the same variables |
//! | `checkpoints`, `run_state` | [`Checkpoints`]; where a run stands, as a checkpoint has it |
//! | `identity`, `draws` | what must be the same where a run is resumed; how far its random ops have drawn |
//! | `early_stop`, `stopper` | [`EarlyStop`]; [`Stopper`], which ends a run from outside |
//! | `report`, `curve` | what a run tells; numbers over steps |
//! | `progress` | lines, or a bar in a terminal |
//! | `ctrl_c` | Ctrl-C that saves first (feature `terminal`) |
//! | `recording` | event files (feature `events`) |

mod checkpoints;
#[cfg(feature = "terminal")]
mod ctrl_c;
mod curve;
mod draws;
mod early_stop;
mod evaluation;
mod identity;
mod period;
mod progress;
#[cfg(feature = "events")]
mod recording;
mod report;
mod run_state;
mod running;
mod stopper;

pub use checkpoints::Checkpoints;
pub use curve::Curve;
pub use early_stop::EarlyStop;
pub use evaluation::Evaluation;
pub use period::{Every, Until};
pub use report::{Ended, Heard, Taken, TrainingReport};
pub use stopper::Stopper;

use super::Step;
use crate::{
    data::{Batches, Dataset},
    error::Result,
    model::{InputsOf, Instance, Model},
    value::Value,
};
use evaluation::Evaluates;
use progress::Progress;
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// Trains a model on batches, until a given end.
///
/// The model has an optimizer ([`minimize`](crate::train), or `attach`) and is fed with each batch: a dataset of as many arrays as it has inputs, which rustc
/// compares. `tf::train` has an example.
pub struct Trainer<'t, D: Dataset> {
    instance: &'t Instance,
    batches: Batches<D>,
    inputs: fn(D::Batch) -> Vec<Value>,
    wanted: Wanted<'t>,
}

/// What a run is to do, apart from the batches.
struct Wanted<'t> {
    steps: Vec<(String, Step)>,
    evaluations: Vec<Box<dyn Evaluates + 't>>,
    checkpoints: Option<Checkpoints>,
    early_stop: Option<EarlyStop>,
    watching: Vec<Watching<'t>>,
    progress: Progress,
    chart: Option<PathBuf>,
    stopper: Stopper,
    #[cfg(feature = "terminal")]
    ctrl_c: bool,
    #[cfg(feature = "events")]
    events: Option<recording::Events>,
}

type Watching<'t> = Box<dyn FnMut(&Taken<'_>) -> Result<()> + 't>;

impl<D: Dataset> std::fmt::Debug for Trainer<'_, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trainer")
            .field("model", &self.instance.declared.name)
            .field("batches", &self.batches)
            .field("checkpoints", &self.wanted.checkpoints)
            .field("early_stop", &self.wanted.early_stop)
            .finish_non_exhaustive()
    }
}

impl<'t, D: Dataset + 'static> Trainer<'t, D> {
    /// Trains this model on these batches, by the optimizer that is attached; of several [`taking`](Trainer::taking) names those that are meant.
    pub fn new<M: Model>(model: &'t M, batches: Batches<D>) -> Self
    where
        D::Batch: InputsOf<M>,
    {
        let wanted = Wanted {
            steps: Vec::new(),
            evaluations: Vec::new(),
            checkpoints: None,
            early_stop: None,
            watching: Vec::new(),
            progress: Progress::none(),
            chart: None,
            stopper: Stopper::new(),
            #[cfg(feature = "terminal")]
            ctrl_c: false,
            #[cfg(feature = "events")]
            events: None,
        };
        Trainer { instance: model.built(), batches, inputs: D::Batch::into_values, wanted }
    }

    /// Takes this attached step with each batch, under this name; called again, this one after the others, on the same batch.
    pub fn taking(mut self, name: impl Into<String>, step: Step) -> Self {
        self.wanted.steps.push((name.into(), step));
        self
    }

    /// Evaluates the model every now and then; called again, by several evaluations.
    pub fn evaluate<H: Dataset + 'static>(mut self, evaluation: Evaluation<'t, H>) -> Self {
        self.wanted.evaluations.push(Box::new(evaluation));
        self
    }

    /// Saves checkpoints, and goes on from one if asked.
    pub fn checkpoints(mut self, checkpoints: Checkpoints) -> Self {
        self.wanted.checkpoints = Some(checkpoints);
        self
    }

    /// Ends early when a metric becomes no better.
    pub fn early_stop(mut self, stop: EarlyStop) -> Self {
        self.wanted.early_stop = Some(stop);
        self
    }

    /// Calls this after each step. If it yields a `Result`, an error ends the run.
    pub fn on_step<H: Heard>(mut self, mut watching: impl FnMut(&Taken<'_>) -> H + 't) -> Self {
        self.wanted.watching.push(Box::new(move |taken| watching(taken).heard()));
        self
    }

    /// Shows the loss, the learning rate, the speed and the time that is left on standard error: a bar in a terminal (feature `terminal`), else a line
    /// now and then.
    pub fn progress(mut self) -> Self {
        self.wanted.progress = Progress::shown();
        self
    }

    /// The lines of [`progress`](Trainer::progress) somewhere else.
    pub fn progress_to(mut self, out: impl Write + Send + 'static) -> Self {
        self.wanted.progress = Progress::lines(Box::new(out));
        self
    }

    /// Draws the curves of loss and metrics into this SVG file, with each evaluation and checkpoint and in the end.
    pub fn chart(mut self, path: impl AsRef<Path>) -> Self {
        self.wanted.chart = Some(path.as_ref().to_owned());
        self
    }

    /// Ends when this one says so.
    pub fn stopper(mut self, stopper: &Stopper) -> Self {
        self.wanted.stopper = stopper.clone();
        self
    }

    /// With the feature `terminal`: ends at Ctrl-C (also at SIGTERM on Unix) after the step that is under way, with a last checkpoint. The second Ctrl-C ends the program at once.
    #[cfg(feature = "terminal")]
    pub fn stop_on_ctrl_c(mut self) -> Self {
        self.wanted.ctrl_c = true;
        self
    }

    /// Writes event files for TensorBoard into this directory: the graph, and with each step the loss and the learning rate, with each evaluation its
    /// metrics and images, and the histograms of all variables every so often.
    #[cfg(feature = "events")]
    pub fn events(mut self, directory: impl AsRef<Path>, histograms: Every) -> Self {
        self.wanted.events = Some(recording::Events { directory: directory.as_ref().to_owned(), histograms });
        self
    }

    /// Trains until the end.
    ///
    /// # Errors
    /// E-NO-STEP without an optimizer, E-STEP-CHOICE with several where none is named; E-CHECKPOINT-FOLDER for a folder that has another run's
    /// checkpoints; E-EVALUATION, E-METRIC-NAME and E-EVERY for what cannot be done, before the first step; E-RESUME for a checkpoint of
    /// another run; E-CHECKPOINT-FILE for a folder that cannot be written; E-LOSS-NAN for a loss or a variable that is not finite; E-CTRL-C if the
    /// program handles Ctrl-C itself; those of [`Batches::next_batch`]; and what ops refuse.
    pub fn run(self, until: Until) -> Result<TrainingReport> {
        running::run(self, until)
    }
}
