//! Which checkpoints a saver keeps, and which it deletes.

use super::{durable::folder_of, format::Format, state::CheckpointState};
use crate::error::Result;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

const AT_MOST: usize = 5;

/// The checkpoints of a saver, the oldest first.
#[derive(Debug)]
pub(super) struct Kept {
    at_most: usize,
    period: Option<Duration>,
    /// From when on one that would be deleted is kept instead; `None` for never.
    next_for_good: Option<SystemTime>,
    checkpoints: Vec<(PathBuf, SystemTime)>,
    /// Kept for good, so no longer counted, nor recorded.
    for_good: BTreeSet<PathBuf>,
    /// The names, without step, that were looked up in a state file.
    taken_over: BTreeSet<PathBuf>,
    /// Somebody said which they are, so no state file does.
    told: bool,
}

impl Kept {
    pub(super) fn new() -> Kept {
        Kept {
            at_most: AT_MOST,
            period: None,
            next_for_good: None,
            checkpoints: Vec::new(),
            for_good: BTreeSet::new(),
            taken_over: BTreeSet::new(),
            told: false,
        }
    }

    pub(super) fn at_most(&mut self, n: usize) {
        self.at_most = n;
    }

    pub(super) fn one_every(&mut self, period: Duration) {
        self.period = Some(period);
        self.next_for_good = SystemTime::now().checked_add(period);
    }

    pub(super) fn set(&mut self, checkpoints: Vec<(PathBuf, SystemTime)>) {
        self.checkpoints = checkpoints;
        self.told = true;
    }

    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.checkpoints.iter().map(|(path, _)| path.clone()).collect()
    }

    /// Goes on with the checkpoints of this name that an earlier process recorded: a restart does not forget them.
    pub(super) fn take_over(&mut self, folder: &Path, state_file: &str, stem: &Path) -> Result<()> {
        if self.told || self.taken_over.contains(stem) {
            return Ok(());
        }
        if let Some(state) = CheckpointState::read(folder, state_file)? {
            let known: Vec<PathBuf> = self.paths();
            let earlier = state.kept.into_iter().filter(|path| is_of(path, stem) && !known.contains(path));
            self.checkpoints.splice(0..0, earlier.filter_map(existing));
        }
        self.taken_over.insert(stem.to_owned());
        Ok(())
    }

    /// A checkpoint was written; one that is written again is the newest again.
    pub(super) fn saved(&mut self, file: &Path, at: SystemTime) {
        self.checkpoints.retain(|(path, _)| path != file);
        self.checkpoints.push((file.to_owned(), at));
    }

    /// Writes the state file: what it keeps, and what other savers recorded there.
    pub(super) fn record(&self, folder: &Path, state_file: &str) -> Result<()> {
        let own = self.paths();
        let staying = self.old();
        let mut kept: Vec<PathBuf> = match CheckpointState::read(folder, state_file)? {
            Some(state) => state
                .kept
                .into_iter()
                .filter(|path| !own.contains(path) && !self.for_good.contains(path) && path.exists())
                .collect(),
            None => Vec::new(),
        };
        kept.extend(own.iter().skip(staying).cloned());
        let latest = own.last().expect("a state is recorded after a checkpoint").clone();
        CheckpointState { latest, kept }.write(folder, state_file)
    }

    /// How many of the oldest are too many.
    fn old(&self) -> usize {
        if self.at_most == 0 { 0 } else { self.checkpoints.len().saturating_sub(self.at_most) }
    }

    /// Deletes those that are too many, after the state file stopped to name them.
    pub(super) fn delete_old(&mut self) {
        let old: Vec<_> = self.checkpoints.drain(..self.old()).collect();
        for (path, at) in old {
            if self.next_for_good.is_some_and(|next| at > next) {
                self.next_for_good = self.period.and_then(|period| self.next_for_good?.checked_add(period));
                self.for_good.insert(path);
                continue;
            }
            // One that cannot be deleted, or is deleted already, is in nobody's way.
            let _ = fs::remove_file(path);
        }
    }
}

/// A checkpoint with the time at which it was written, if it is there.
pub(super) fn existing(path: PathBuf) -> Option<(PathBuf, SystemTime)> {
    let at = fs::metadata(&path).and_then(|metadata| metadata.modified()).ok()?;
    Some((path, at))
}

/// Whether a checkpoint was saved under this name, with or without a step.
fn is_of(path: &Path, stem: &Path) -> bool {
    if folder_of(path) != folder_of(stem) || path.extension().is_none_or(|found| found != Format::default().extension())
    {
        return false;
    }
    let (Some(found), Some(name)) =
        (path.file_stem().and_then(|s| s.to_str()), stem.file_name().and_then(|s| s.to_str()))
    else {
        return false;
    };
    match found.strip_prefix(name) {
        Some("") => true,
        Some(rest) => {
            rest.strip_prefix('-').is_some_and(|step| !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit()))
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_belongs_to_the_name_before_its_step() {
        let of = |path: &str| is_of(Path::new(path), Path::new("runs/model"));
        assert!(of("runs/model.safetensors") && of("runs/model-00000012.safetensors"));
        for other in
            ["runs/model-best.safetensors", "runs/model2.safetensors", "other/model-1.safetensors", "runs/model-1"]
        {
            assert!(!of(other), "{other}");
        }
        assert!(is_of(Path::new("./model-1.safetensors"), Path::new("model")));
    }
}
