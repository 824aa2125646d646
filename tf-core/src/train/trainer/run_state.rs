//! Where a training run stands: what a checkpoint holds beside the variables, so that a resumed run does what an uninterrupted one would have done.

use super::{
    curve::{Curve, Curves},
    early_stop::{EarlyStop, Watched},
    identity::Identity,
};
use crate::{
    checkpoint::Checkpoint,
    data::Position,
    error::{Error, Result, Status},
    session::{NoStream, Session, StreamPosition},
};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// The key of the checkpoint's metadata.
pub(super) const KEY: &str = "training";
const VERSION: u64 = 1;

/// What a run changes as it goes on.
#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct RunState {
    pub(super) step: u64,
    pub(super) position: Position,
    /// The sum of the losses of this epoch, and how many they are.
    pub(super) epoch_loss: (f64, u64),
    pub(super) metrics: BTreeMap<String, f64>,
    pub(super) watched: Watched,
    pub(super) curves: Curves,
    /// How far each random op has drawn that the run made draw: of the model, and of its evaluations by their names.
    pub(super) streams: BTreeMap<String, BTreeMap<String, StreamPosition>>,
}

impl RunState {
    /// Before the first step, where the data begins at this position.
    pub(super) fn at(position: Position) -> RunState {
        RunState { position, ..RunState::default() }
    }

    /// Counts a step by its losses, the first of which is the one that is told of an epoch; the data is at `next` then.
    pub(super) fn count(&mut self, losses: &[(String, f64)], next: Position) {
        self.step += 1;
        self.position = next;
        self.epoch_loss = (self.epoch_loss.0 + losses[0].1, self.epoch_loss.1 + 1);
        for (name, loss) in losses {
            self.curves.push(name, self.step, *loss);
        }
    }

    /// The mean loss of an epoch, if the last step was its last.
    pub(super) fn ended_epoch(&mut self) -> Option<f64> {
        if self.position.batch > 0 {
            return None;
        }
        let (total, count) = std::mem::take(&mut self.epoch_loss);
        Some(total / count as f64)
    }

    /// Notes metrics; says whether one is the watched one, and the best of it so far.
    pub(super) fn note(&mut self, found: &[(String, f64)], stop: Option<&EarlyStop>) -> bool {
        let mut best = false;
        for (name, value) in found {
            self.metrics.insert(name.clone(), *value);
            self.curves.push(name, self.step, *value);
            best |= stop.is_some_and(|stop| self.watched.see(stop, name, self.step, *value));
        }
        best
    }

    pub(super) fn to_json(&self, identity: &Identity) -> String {
        let same: Map<String, Json> =
            identity.0.iter().map(|(what, value)| ((*what).to_owned(), Json::from(value.as_str()))).collect();
        let metrics: Map<String, Json> =
            self.metrics.iter().map(|(name, value)| (name.clone(), Json::from(value.to_bits()))).collect();
        json!({
            "version": VERSION,
            "same": same,
            "step": self.step,
            "position": [self.position.epoch, self.position.batch],
            "epoch_loss": [self.epoch_loss.0.to_bits(), self.epoch_loss.1],
            "metrics": metrics,
            "watched": self.watched.to_json(),
            "curves": self.curves.0.iter().map(Curve::to_json).collect::<Vec<_>>(),
            "streams": self.streams,
        })
        .to_string()
    }

    /// What a checkpoint holds of a run.
    ///
    /// # Errors
    /// E-RESUME if it holds nothing of one, or of another one.
    pub(super) fn read(checkpoint: &Checkpoint, identity: &Identity) -> Result<RunState> {
        let Some(text) = checkpoint.metadata().get(KEY) else {
            return Err(refused(
                format!("{checkpoint:?} holds variables, and nothing of a training run"),
                "to begin a new run with them, `model.restore(..)` before; to resume, name a checkpoint that a `Trainer` saved",
            ));
        };
        let json: Option<Json> = serde_json::from_str(text).ok();
        let json = json.filter(|json| json.get("version").and_then(Json::as_u64) == Some(VERSION));
        let same = json.as_ref().and_then(|json| json.get("same")?.as_object());
        if let Some(same) = same {
            for (what, value) in &identity.0 {
                let before = same.get(*what).and_then(Json::as_str).unwrap_or("nothing");
                if before != value {
                    return Err(refused(
                        format!("{checkpoint:?} is of another training run: {what} was {before}, and is {value}"),
                        "resume with the model, the data and the batches of that run, or begin a new one in another folder",
                    ));
                }
            }
        }
        json.as_ref().and_then(RunState::from_json).ok_or_else(|| {
            refused(
                format!("{checkpoint:?} has a training run that cannot be understood"),
                "resume with the version of tf-scope that wrote it, or from the checkpoint before",
            )
        })
    }

    fn from_json(json: &Json) -> Option<RunState> {
        let numbers = |json: &Json| Some((json.get(0)?.as_u64()?, json.get(1)?.as_u64()?));
        let position = numbers(json.get("position")?)?;
        let loss = numbers(json.get("epoch_loss")?)?;
        let metrics = json.get("metrics")?.as_object()?;
        let metric = |(name, value): (&String, &Json)| Some((name.clone(), f64::from_bits(value.as_u64()?)));
        let curves = json.get("curves")?.as_array()?.iter().map(Curve::from_json);
        let drawn = |(name, value): (&String, &Json)| {
            Some((name.clone(), [value.get(0)?.as_u64()?, value.get(1)?.as_u64()?, value.get(2)?.as_u64()?]))
        };
        let streams = json.get("streams")?.as_object()?.iter();
        let of_model = |(name, ops): (&String, &Json)| {
            Some((name.clone(), ops.as_object()?.iter().map(drawn).collect::<Option<_>>()?))
        };
        Some(RunState {
            step: json.get("step")?.as_u64()?,
            position: Position { epoch: position.0, batch: position.1 },
            epoch_loss: (f64::from_bits(loss.0), loss.1),
            metrics: metrics.iter().map(metric).collect::<Option<_>>()?,
            watched: Watched::from_json(json.get("watched")?)?,
            curves: Curves(curves.collect::<Option<_>>()?),
            streams: streams.map(of_model).collect::<Option<_>>()?,
        })
    }

    /// Whether the random ops of a session can go on from where they were.
    ///
    /// # Errors
    /// E-RESUME if one is not there, or has other seeds.
    pub(super) fn check_streams(&self, name: &str, session: &Session) -> Result<()> {
        self.with_streams(name, |streams| session.find_streams(streams).map(drop))
    }

    /// Has the random ops of a session go on from where they were.
    ///
    /// # Errors
    /// E-RESUME if one is not there, or has other seeds.
    pub(super) fn restore_streams(&self, name: &str, session: &Session) -> Result<()> {
        self.with_streams(name, |streams| session.set_streams(streams))
    }

    fn with_streams(
        &self,
        name: &str,
        body: impl FnOnce(&BTreeMap<String, StreamPosition>) -> Result<(), NoStream>,
    ) -> Result<()> {
        let Some(streams) = self.streams.get(name) else { return Ok(()) };
        body(streams).map_err(|found| match found {
            NoStream::Missing(op) => refused(
                format!("the checkpoint has random op `{op}`, and the graph has no op of this name"),
                "resume with the model of that run",
            ),
            NoStream::OtherSeeds(op) => refused(
                format!("random op `{op}` has other seeds than in the run that is to be resumed, so that it would draw other numbers"),
                "begin and resume the run with a model that has a seed, `Model::init(seed)`: without one, random ops draw anew in each program",
            ),
        })
    }
}

fn refused(says: String, help: &str) -> Error {
    Error::new(Status::FailedPrecondition, "E-RESUME", format!("{says}\n  help: {help}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{checkpoint::CheckpointWriter, value::Value};

    #[test]
    fn what_is_written_is_read_bit_for_bit() {
        let mut state = RunState { step: 7, position: Position { epoch: 1, batch: 2 }, ..RunState::default() };
        state.epoch_loss = (0.1 + 0.2, 2);
        state.metrics.insert("eval/loss".to_owned(), f64::MIN_POSITIVE / 3.0);
        state.watched = Watched { best: Some((4, 1.0 / 3.0)), since: 2 };
        state.curves.push("loss", 1, 0.1);
        state
            .streams
            .entry("model".to_owned())
            .or_default()
            .insert("dropout/random_uniform".to_owned(), [u64::MAX, 1, 2]);
        let identity = Identity(vec![("the batch size", "4".to_owned())]);
        let written = |key: &str| {
            let writer = CheckpointWriter::new().tensor("w", Value::scalar(1.0f32)).unwrap();
            Checkpoint::from_bytes(writer.metadata(key, state.to_json(&identity)).unwrap().to_bytes().unwrap()).unwrap()
        };
        assert_eq!(RunState::read(&written(KEY), &identity).unwrap(), state);
        let other = Identity(vec![("the batch size", "8".to_owned())]);
        let error = RunState::read(&written(KEY), &other).unwrap_err();
        assert_eq!(error.code(), "E-RESUME");
        assert!(error.mistake().ends_with("the batch size was 4, and is 8"), "{error}");
        assert!(
            RunState::read(&written("else"), &identity).unwrap_err().mistake().contains("nothing of a training run")
        );
    }
}
