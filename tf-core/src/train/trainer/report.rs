//! What a training run tells: each step while it runs, and in the end what came of it.

use super::curve::Curve;
use crate::{error::Result, value::Value};
use std::{collections::BTreeMap, fmt, path::PathBuf};

/// A step that was just taken.
#[derive(Clone, Copy, Debug)]
pub struct Taken<'t> {
    /// The number of steps so far, from the very beginning of the run.
    pub step: u64,
    /// The epoch that the batch was of, from 0.
    pub epoch: u64,
    /// The loss before the step; of several optimizers, that of the first.
    pub loss: f64,
    /// The loss of each optimizer, by its name.
    pub losses: &'t [(String, f64)],
    /// The learning rate of the first optimizer.
    pub learning_rate: f64,
    /// The outputs of the model from before the step; of several optimizers, those of the first.
    pub outputs: &'t [Value],
}

/// What a function that hears of steps may yield: nothing, or a result.
#[diagnostic::on_unimplemented(
    message = "a function that hears of steps yields `{Self}`",
    label = "expected nothing, or a `tf::Result<()>`, whose error ends the run"
)]
pub trait Heard {
    #[doc(hidden)]
    fn heard(self) -> Result<()>;
}

impl Heard for () {
    fn heard(self) -> Result<()> {
        Ok(())
    }
}

impl Heard for Result<()> {
    fn heard(self) -> Result<()> {
        self
    }
}

/// What came of a training run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TrainingReport {
    /// The steps from the very beginning, also those before it was resumed.
    pub steps: u64,
    /// The step that it went on from, if it was resumed.
    pub resumed_at: Option<u64>,
    /// The loss before the last step; `None` if there was no step.
    pub loss: Option<f64>,
    /// The latest value of each metric: `train/loss`, `eval/loss`, ..
    pub metrics: BTreeMap<String, f64>,
    /// The best value of the metric that [`EarlyStop`](crate::train::EarlyStop) watches, with its step.
    pub best: Option<(u64, f64)>,
    /// Why it ended.
    pub ended: Ended,
    /// The loss and the metrics over steps, also from before it was resumed.
    pub curves: Vec<Curve>,
    /// The last checkpoint.
    pub checkpoint: Option<PathBuf>,
}

impl fmt::Display for TrainingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} steps", self.steps)?;
        match self.resumed_at {
            Some(step) if step == self.steps && self.ended == Ended::Finished => {
                f.write_str(
                    ", all of them before it was resumed: train longer (`Until`), or begin anew in another folder",
                )?;
            }
            Some(step) => write!(f, ", resumed at {step}")?,
            None => {}
        }
        f.write_str(match self.ended {
            Ended::Finished => ", finished",
            Ended::Early => ", ended early",
            Ended::Stopped => ", stopped",
        })?;
        for (name, value) in &self.metrics {
            write!(f, "\n  {name} {value}")?;
        }
        if let Some((step, value)) = self.best {
            write!(f, "\n  best {value}, at step {step}")?;
        }
        if let Some(path) = &self.checkpoint {
            write!(f, "\n  saved to `{}`", path.display())?;
        }
        Ok(())
    }
}

/// Why a training run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// It reached the end that was asked for.
    Finished,
    /// The watched metric became no better.
    Early,
    /// It was told to stop, by a [`Stopper`](crate::train::Stopper) or by Ctrl-C.
    Stopped,
}
