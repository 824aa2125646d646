//! The initial value of a variable that starts from a checkpoint.

use crate::{checkpoint::Checkpoint, engine::run::Run, error::Result, value::Value};

/// Reads a tensor of a checkpoint.
#[derive(Clone, Debug)]
pub struct Restore {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) entry: String,
}

impl Restore {
    pub(super) const fn type_name(&self) -> &'static str {
        "RestoreV2"
    }
    pub(super) fn run(&self, _: &mut Run<'_>) -> Result<Value> {
        self.checkpoint.get(&self.entry)
    }
}
