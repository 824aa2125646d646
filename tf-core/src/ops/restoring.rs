//! The initial value of a variable that starts from a checkpoint.

use crate::{checkpoint::Checkpoint, engine::run::Run, error::Result, partitioning::PartOf, value::Value};
use std::sync::Arc;

/// Reads a tensor of a checkpoint.
#[derive(Clone, Debug)]
pub struct Restore {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) entry: String,
    /// What is taken of it, where it is for a part of a variable.
    pub(crate) part: Option<Arc<PartOf>>,
}

impl Restore {
    pub(super) const fn type_name(&self) -> &'static str {
        "RestoreV2"
    }
    pub(super) fn run(&self, _: &mut Run<'_>) -> Result<Value> {
        let value = self.checkpoint.get(&self.entry)?;
        Ok(match &self.part {
            Some(part) => part.of(&value),
            None => value,
        })
    }
}
