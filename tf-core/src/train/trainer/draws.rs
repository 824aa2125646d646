//! How far the random ops of a run have drawn: those of the model, and of the models that evaluate it.

use super::{evaluation::Evaluates, run_state::RunState};
use crate::{error::Result, model::Instance, session::StreamPosition};
use std::collections::BTreeMap;

/// What the random ops of the model itself are kept under.
pub(super) const OWN: &str = "model";

/// How far random ops had drawn when the run began: only what it draws itself is the run's.
pub(super) struct Draws(BTreeMap<String, BTreeMap<String, StreamPosition>>);

impl Draws {
    pub(super) fn new(instance: &Instance, evaluations: &[Box<dyn Evaluates + '_>]) -> Draws {
        Draws(of_all(instance, evaluations).map(|(name, instance)| (name, instance.session().streams())).collect())
    }

    /// Notes how far those have drawn by now that went on since.
    pub(super) fn note(&self, instance: &Instance, evaluations: &[Box<dyn Evaluates + '_>], state: &mut RunState) {
        for (name, instance) in of_all(instance, evaluations) {
            let before = &self.0[&name];
            let now = instance.session().streams();
            let went_on = now.into_iter().filter(|(op, position)| before.get(op) != Some(position));
            state.streams.entry(name).or_default().extend(went_on);
        }
    }
}

/// Whether random ops can go on from where they stood: known before anything is changed.
///
/// # Errors
/// E-RESUME if one is not there, or has other seeds.
pub(super) fn check(state: &RunState, instance: &Instance, evaluations: &[Box<dyn Evaluates + '_>]) -> Result<()> {
    of_all(instance, evaluations).try_for_each(|(name, instance)| state.check_streams(&name, instance.session()))
}

/// Has random ops go on from where they stood.
///
/// # Errors
/// E-RESUME if one is not there, or has other seeds.
pub(super) fn restore(state: &RunState, instance: &Instance, evaluations: &[Box<dyn Evaluates + '_>]) -> Result<()> {
    of_all(instance, evaluations).try_for_each(|(name, instance)| state.restore_streams(&name, instance.session()))
}

fn of_all<'i>(
    instance: &'i Instance,
    evaluations: &'i [Box<dyn Evaluates + '_>],
) -> impl Iterator<Item = (String, &'i Instance)> {
    let own = std::iter::once((OWN.to_owned(), instance));
    own.chain(evaluations.iter().map(|evaluation| (evaluation.name().to_owned(), evaluation.instance())))
}
