//! What must be the same where a training run is resumed.

use super::Step;
use crate::{
    data::{Batches, Dataset},
    error::Result,
    model::Instance,
    value::Value,
};

/// What must be the same where a run is resumed, in words.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Identity(pub(super) Vec<(&'static str, String)>);

impl Identity {
    /// # Errors
    /// Those of examples that cannot be made.
    pub(super) fn of<D: Dataset + 'static>(
        instance: &Instance,
        batches: &Batches<D>,
        inputs: fn(D::Batch) -> Vec<Value>,
        steps: &[(String, Step)],
    ) -> Result<Identity> {
        let (examples, size, shuffled, drops) = batches.followed_from();
        let or_none = |seed: Option<String>| seed.unwrap_or_else(|| "none".to_owned());
        let graph_seed = instance.graph().state().seed;
        let values = batches.samples()?.into_iter().flat_map(inputs);
        let sums: Vec<String> = values.map(|value| format!("{:08x}", crate::checkpoint::checksum(&value))).collect();
        let names: Vec<&str> = steps.iter().map(|(name, _)| name.as_str()).collect();
        Ok(Identity(vec![
            ("the model", format!("`{}`", instance.declared.name)),
            ("the model's seed", or_none(graph_seed.map(|seed| seed.to_string()))),
            ("the list of steps", names.join(", ")),
            ("the number of examples", examples.to_string()),
            ("the checksum of the examples", sums.join(" ")),
            ("the batch size", size.to_string()),
            ("the seed that shuffles", or_none(shuffled.map(|seed| seed.to_string()))),
            ("whether a smaller last batch is left out", drops.to_string()),
        ]))
    }
}
