//! The handle of a variable, and reads of its value.

use crate::{engine::run::Run, error::Result, value::Value};

/// A variable; fetching it reads its value.
#[derive(Clone, Copy, Debug)]
pub struct VariableHandle {
    pub(crate) variable: u32,
}

impl VariableHandle {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        "VarHandleOp"
    }
    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        run.read(self.variable)
    }
}

/// Reads a variable's value as it is when the op runs.
#[derive(Clone, Copy, Debug)]
pub struct ReadVariable {
    pub(crate) variable: u32,
}

impl ReadVariable {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        "ReadVariableOp"
    }
    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        run.read(self.variable)
    }
}
