//! The op of an initial value that a function or a distribution of the user's own yields (C15, C17).

use crate::{
    engine::run::Run,
    error::{Error, Result, Status},
    initial_function::{Start, Stream},
    partitioning::{PartOf, PartitionInfo},
    value::Value,
};
use std::{fmt, sync::Arc};
use tf_kernels::random::blocks_per_execution;

/// Calls a function, each time it runs.
#[derive(Clone)]
pub struct Computed {
    pub(crate) start: Start,
    /// The whole of which it is for a part.
    pub(crate) part: Option<Arc<PartOf>>,
    /// Graph seed and op seed of a distribution.
    pub(crate) seeds: (u64, u64),
}

impl fmt::Debug for Computed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Computed")
    }
}

impl Computed {
    pub(super) const fn type_name(&self) -> &'static str {
        "PyFunc"
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let spec = run.spec(0);
        let info = PartitionInfo::new(&spec.shape, self.part.as_deref());
        let shape = info.shape.clone();
        let value = match &self.start {
            Start::Array(function) => function(&info),
            Start::Drawn(draw, _) => {
                let block = run.advance(blocks_per_execution(shape.iter().product()));
                draw(&shape, Stream::new(self.seeds, block))
            }
            Start::Described | Start::Tensor(_) => unreachable!("the graph makes no such op of them"),
        };
        if value.shape() != shape || value.dtype() != spec.dtype {
            return Err(Error::new(
                Status::InvalidArgument,
                "E-INITIALIZER-SHAPE",
                format!(
                    "the function of an initializer is asked for {spec}, and yields {}{:?}\n  help: yield an array of the shape that the function is given",
                    value.dtype(),
                    value.shape()
                ),
            ));
        }
        Ok(value)
    }
}
