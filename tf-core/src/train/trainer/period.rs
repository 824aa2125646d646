//! How long training goes on, and how often something is done meanwhile.

use crate::{
    data::Position,
    error::{Error, Result, Status},
};

/// When a training run is over, counted from its very beginning: a run that is resumed goes on to the same end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Until(Count);

/// How often something is done: after so many steps, or epochs, counted from the very beginning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Every(Count);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Count {
    Steps(u64),
    Epochs(u64),
}

impl Until {
    /// Until so many batches were learned from.
    pub const fn steps(steps: u64) -> Until {
        Until(Count::Steps(steps))
    }

    /// Until the whole dataset was learned from so many times.
    pub const fn epochs(epochs: u64) -> Until {
        Until(Count::Epochs(epochs))
    }

    /// Whether a run is over that took so many steps and is at this position.
    pub(super) fn is_over(self, step: u64, position: Position) -> bool {
        match self.0 {
            Count::Steps(steps) => step >= steps,
            Count::Epochs(epochs) => position.epoch >= epochs,
        }
    }

    /// The steps that are left.
    pub(super) fn steps_left(self, step: u64, position: Position, per_epoch: u64) -> u64 {
        match self.0 {
            Count::Steps(steps) => steps.saturating_sub(step),
            Count::Epochs(epochs) => {
                epochs.saturating_mul(per_epoch).saturating_sub(position.epoch * per_epoch + position.batch)
            }
        }
    }
}

impl Every {
    /// After each so many steps.
    pub const fn steps(steps: u64) -> Every {
        Every(Count::Steps(steps))
    }

    /// After each so many epochs.
    pub const fn epochs(epochs: u64) -> Every {
        Every(Count::Epochs(epochs))
    }

    /// Whether it is time after a step that led to this position.
    pub(super) fn is_due(self, step: u64, position: Position) -> bool {
        match self.0 {
            Count::Steps(steps) => step.is_multiple_of(steps),
            Count::Epochs(epochs) => position.batch == 0 && position.epoch.is_multiple_of(epochs),
        }
    }

    /// # Errors
    /// E-EVERY for a period of nothing.
    pub(super) fn check(self, what: &str) -> Result<()> {
        match self.0 {
            Count::Steps(0) | Count::Epochs(0) => Err(Error::new(
                Status::InvalidArgument,
                "E-EVERY",
                format!(
                    "{what} after every 0 steps or epochs\n  help: count from 1: `Every::steps(100)`, `Every::epochs(1)`"
                ),
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_are_over_when_the_next_begins() {
        let at = |epoch, batch| Position { epoch, batch };
        assert!(!Until::epochs(2).is_over(9, at(1, 4)) && Until::epochs(2).is_over(10, at(2, 0)));
        assert_eq!(Until::epochs(2).steps_left(7, at(1, 2), 5), 3);
        assert_eq!(Until::steps(9).steps_left(7, at(1, 2), 5), 2);
        assert!(Every::epochs(2).is_due(10, at(2, 0)) && !Every::epochs(2).is_due(5, at(1, 0)));
        assert!(Every::steps(5).is_due(10, at(2, 0)) && !Every::steps(5).is_due(11, at(2, 1)));
        assert_eq!(Every::epochs(0).check("checkpoints are saved").unwrap_err().code(), "E-EVERY");
    }
}
