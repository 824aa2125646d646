//! The loop around steps: batches, epochs, evaluation, checkpoints, an early end, progress.
//!
//! | file | what it holds |
//! |---|---|
//! | this one | [`Trainer`]: what a run is to do |
//! | `running` | the run |
//! | `period` | [`Until`], [`Every`] |
//! | `evaluation` | [`Evaluation`]: another model on the same variables |
//! | `checkpoints`, `standing` | [`Checkpoints`]; where a run stands, as a checkpoint has it |
//! | `early_stop`, `stopper` | [`EarlyStop`]; [`Stopper`], which ends a run from outside |
//! | `report`, `curve` | what a run tells; numbers over steps |
//! | `progress` | lines, or a bar in a terminal |
//! | `ctrl_c` | Ctrl-C that saves first (feature `terminal`) |
//! | `recording` | event files (feature `events`) |

mod checkpoints;
#[cfg(feature = "terminal")]
mod ctrl_c;
mod curve;
mod early_stop;
mod evaluation;
mod period;
mod progress;
#[cfg(feature = "events")]
mod recording;
mod report;
mod running;
mod standing;
mod stopper;

pub use checkpoints::Checkpoints;
pub use curve::Curve;
pub use early_stop::EarlyStop;
pub use evaluation::Evaluation;
pub use period::{Every, Until};
pub use report::{Ended, Taken, TrainingReport};
pub use stopper::Stopper;

use super::Step;
use crate::{
    data::{Batches, Dataset},
    error::Result,
    model::Model,
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
pub struct Trainer<'t, M: Model, D: Dataset> {
    model: &'t M,
    batches: Batches<D>,
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

type Watching<'t> = Box<dyn FnMut(&Taken<'_>) + 't>;

impl<M: Model, D: Dataset> std::fmt::Debug for Trainer<'_, M, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trainer")
            .field("model", &self.model.built().declared.name)
            .field("batches", &self.batches)
            .field("checkpoints", &self.checkpoints)
            .field("early_stop", &self.early_stop)
            .finish_non_exhaustive()
    }
}

impl<'t, M: Model, D: Dataset<Batch = M::Inputs> + 'static> Trainer<'t, M, D> {
    /// Trains this model on these batches, by the optimizer that was attached first.
    pub fn new(model: &'t M, batches: Batches<D>) -> Self {
        Trainer {
            model,
            batches,
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
        }
    }

    /// Takes this attached step with each batch, under this name; called again, this one after the others, on the same batch.
    pub fn taking(mut self, name: impl Into<String>, step: Step) -> Self {
        self.steps.push((name.into(), step));
        self
    }

    /// Evaluates the model every now and then; called again, by several evaluations.
    pub fn evaluate<E: Model, H: Dataset<Batch = E::Inputs> + 'static>(
        mut self,
        evaluation: Evaluation<'t, E, H>,
    ) -> Self {
        self.evaluations.push(Box::new(evaluation));
        self
    }

    /// Saves checkpoints, and goes on from one if asked.
    pub fn checkpoints(mut self, checkpoints: Checkpoints) -> Self {
        self.checkpoints = Some(checkpoints);
        self
    }

    /// Ends early when a metric becomes no better.
    pub fn early_stop(mut self, stop: EarlyStop) -> Self {
        self.early_stop = Some(stop);
        self
    }

    /// Calls this after each step.
    pub fn on_step(mut self, watching: impl FnMut(&Taken<'_>) + 't) -> Self {
        self.watching.push(Box::new(watching));
        self
    }

    /// Shows the loss, the learning rate, the speed and the time that is left on standard error: a bar in a terminal (feature `terminal`), else a line
    /// now and then.
    pub fn progress(mut self) -> Self {
        self.progress = Progress::shown();
        self
    }

    /// The lines of [`progress`](Trainer::progress) somewhere else.
    pub fn progress_to(mut self, out: impl Write + Send + 'static) -> Self {
        self.progress = Progress::lines(Box::new(out));
        self
    }

    /// Draws the curves of loss and metrics into this SVG file, with each evaluation and checkpoint and in the end.
    pub fn chart(mut self, path: impl AsRef<Path>) -> Self {
        self.chart = Some(path.as_ref().to_owned());
        self
    }

    /// Ends when this one says so.
    pub fn stopper(mut self, stopper: &Stopper) -> Self {
        self.stopper = stopper.clone();
        self
    }

    /// Ends at Ctrl-C (also at SIGTERM on Unix) after the step that is under way, with a last checkpoint. The second Ctrl-C ends the program at once.
    #[cfg(feature = "terminal")]
    pub fn stop_on_ctrl_c(mut self) -> Self {
        self.ctrl_c = true;
        self
    }

    /// Writes event files for TensorBoard into this directory: the graph, and with each step the loss and the learning rate, with each evaluation its
    /// metrics and images, and the histograms of all variables every so often.
    #[cfg(feature = "events")]
    pub fn events(mut self, directory: impl AsRef<Path>, histograms: Every) -> Self {
        self.events = Some(recording::Events { directory: directory.as_ref().to_owned(), histograms });
        self
    }

    /// Trains until the end.
    ///
    /// # Errors
    /// E-NO-STEP without an optimizer; E-EVALUATION, E-METRIC-NAME and E-EVERY for what cannot be done, before the first step; E-RESUME for a checkpoint of
    /// another run; E-CHECKPOINT-FILE for a folder that cannot be written; E-LOSS-NAN for a loss or a variable that is not finite; E-CTRL-C if the
    /// program handles Ctrl-C itself; and what ops refuse.
    pub fn run(self, until: Until) -> Result<TrainingReport> {
        running::run(self, until)
    }
}
