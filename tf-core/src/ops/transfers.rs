//! Values that cross from one device to another: steps of plans, in no graph.

use crate::{engine::run::Run, error::Result, value::Value};

/// Hands its input to the device of its step. Logical CPUs share the machine's memory, so that nothing is copied.
#[derive(Clone, Copy, Debug)]
pub struct Transfer {
    /// The number of the device that the value comes from.
    pub(crate) from: u16,
}

impl Transfer {
    pub(super) const fn type_name(&self) -> &'static str {
        "Transfer"
    }
    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        Ok(run.take(0))
    }
}
