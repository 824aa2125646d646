//! Brings values into variables: all of them, or, where anything is wrong, none.

use super::{
    import::Import,
    matching::{Wanted, match_up},
    opened::Checkpoint,
    report::RestoreReport,
};
use crate::{error::Result, store::Cell, value::Value};
use std::sync::Arc;

/// Restores these variables; the n-th cell is that of the n-th variable.
pub(super) fn restore(
    checkpoint: &Checkpoint,
    wanted: &[Wanted],
    cells: &[Arc<Cell>],
    import: &Import,
) -> Result<RestoreReport> {
    let (found, report) = match_up(checkpoint, wanted, import)?;
    // Everything that can fail comes before the first variable is changed.
    let values: Vec<(usize, Value)> = found
        .into_iter()
        .map(|found| Ok((found.wanted, found.conversion.apply(checkpoint.get(&found.entry)?))))
        .collect::<Result<_>>()?;
    for (index, value) in values {
        cells[index].update(|slot, _| {
            *slot = Some(value);
            Ok(())
        })?;
    }
    Ok(report)
}
