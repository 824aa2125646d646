//! Stops training that leads to nothing better.

use crate::{
    error::{Error, Result, Status},
    store::nearest,
};
use serde_json::{Value as Json, json};

/// Ends training when a metric has not become better for a while.
///
/// ```
/// # use tf_core as tf;
/// use tf::train::EarlyStop;
/// let stop = EarlyStop::on("eval/accuracy").higher_is_better().patience(5).min_delta(0.001);
/// # let _ = stop;
/// ```
#[derive(Clone, Debug)]
pub struct EarlyStop {
    metric: String,
    patience: u64,
    min_delta: f64,
    higher: bool,
}

impl EarlyStop {
    /// Watches a metric: that of an [`Evaluation`](crate::train::Evaluation), `eval/loss`, or `train/loss`, the mean loss of each epoch. Lower is better,
    /// and after three values that are no better than the best before, training ends.
    pub fn on(metric: impl Into<String>) -> EarlyStop {
        EarlyStop { metric: metric.into(), patience: 3, min_delta: 0.0, higher: false }
    }

    /// Ends it after so many values in a row that are no better than the best.
    pub fn patience(mut self, values: u64) -> Self {
        self.patience = values.max(1);
        self
    }

    /// Only a value that is better by more than this is better.
    pub fn min_delta(mut self, delta: f64) -> Self {
        self.min_delta = delta.abs();
        self
    }

    /// For accuracies and the like.
    pub fn higher_is_better(mut self) -> Self {
        self.higher = true;
        self
    }

    /// # Errors
    /// E-METRIC-NAME if nothing has this name, E-MIN-DELTA.
    pub(super) fn check(&self, names: &[String]) -> Result<()> {
        if !self.min_delta.is_finite() {
            let text = format!(
                "training is to stop early unless `{}` is better by more than {}, which nothing is\n  help: name a number: `.min_delta(0.001)`",
                self.metric, self.min_delta
            );
            return Err(Error::new(Status::InvalidArgument, "E-MIN-DELTA", text));
        }
        if names.contains(&self.metric) {
            return Ok(());
        }
        let near = nearest(&self.metric, names.iter().map(String::as_str)).expect("there is always `train/loss`");
        Err(Error::new(
            Status::NotFound,
            "E-METRIC-NAME",
            format!(
                "training is to stop early on the metric `{}`, and there is none of this name\n  help: did you mean `{near}`?",
                self.metric
            ),
        ))
    }
}

/// How the watched metric did so far.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub(super) struct Watched {
    /// The best value, with its step.
    pub(super) best: Option<(u64, f64)>,
    /// The values since then.
    pub(super) since: u64,
}

impl Watched {
    /// Takes in a value; says whether it is the best so far.
    pub(super) fn see(&mut self, stop: &EarlyStop, name: &str, step: u64, value: f64) -> bool {
        if stop.metric != name {
            return false;
        }
        let better = self.best.is_none_or(|(_, best)| {
            best.is_nan() || if stop.higher { value > best + stop.min_delta } else { value < best - stop.min_delta }
        });
        if better {
            self.best = Some((step, value));
            self.since = 0;
        } else {
            self.since += 1;
        }
        better
    }

    /// Whether it is enough.
    pub(super) fn ends(&self, stop: &EarlyStop) -> bool {
        self.since >= stop.patience
    }

    pub(super) fn to_json(self) -> Json {
        json!({ "best": self.best.map(|(step, value)| [step, value.to_bits()]), "since": self.since })
    }

    pub(super) fn from_json(json: &Json) -> Option<Watched> {
        let best = json
            .get("best")
            .filter(|best| !best.is_null())
            .map(|best| Some((best.get(0)?.as_u64()?, f64::from_bits(best.get(1)?.as_u64()?))));
        Some(Watched { best: best.unwrap_or(None), since: json.get("since")?.as_u64()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends_after(stop: &EarlyStop, values: &[f64]) -> Option<usize> {
        let mut watched = Watched::default();
        values.iter().position(|value| {
            watched.see(stop, "eval/loss", 1, *value);
            watched.ends(stop)
        })
    }

    #[test]
    fn patience_ends_with_values_that_are_no_better() {
        let stop = EarlyStop::on("eval/loss").patience(2);
        assert_eq!(ends_after(&stop, &[3.0, 2.0, 2.5, 1.9, 2.0, 1.95, 1.0]), Some(5));
        assert_eq!(ends_after(&stop, &[3.0, 2.0, 1.0]), None);
        let coarse = EarlyStop::on("eval/loss").patience(2).min_delta(0.2);
        assert_eq!(ends_after(&coarse, &[3.0, 2.0, 1.9, 1.85]), Some(3));
        let rising = EarlyStop::on("eval/loss").patience(1).higher_is_better();
        assert_eq!(ends_after(&rising, &[0.5, 0.75, 0.7]), Some(2));
        assert_eq!(ends_after(&stop, &[f64::NAN, 2.0, f64::NAN, f64::NAN]), Some(3));
    }

    #[test]
    fn a_difference_that_is_no_number_is_refused() {
        let error = EarlyStop::on("eval/loss").min_delta(f64::NAN).check(&["eval/loss".to_owned()]).unwrap_err();
        assert_eq!(error.code(), "E-MIN-DELTA");
    }

    #[test]
    fn a_name_that_is_wrong_is_answered_with_the_nearest() {
        let names = ["train/loss".to_owned(), "eval/accuracy".to_owned()];
        let error = EarlyStop::on("eval/acuracy").check(&names).unwrap_err();
        assert_eq!(error.code(), "E-METRIC-NAME");
        assert!(error.to_string().contains("did you mean `eval/accuracy`?"), "{error}");
    }
}
