//! Brings values into variables: all of them, or, where anything is wrong, none.

use super::{
    import::Import,
    matching::{Found, Wanted, match_up},
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
    let mut values: Vec<(usize, Value)> = Vec::with_capacity(found.len());
    let mut last: Option<(String, Value)> = None;
    for Found { wanted: index, entry, conversion } in found {
        let Some(part) = &wanted[index].part_of else {
            values.push((index, conversion.apply(checkpoint.get(&entry)?)));
            continue;
        };
        // Parts of one variable stand side by side: the whole is read once.
        let whole = match last.take() {
            Some((name, whole)) if name == entry && wanted[index].is_beside(&wanted[index - 1]) => whole,
            _ => conversion.apply(checkpoint.get(&entry)?),
        };
        values.push((index, part.of(&whole)));
        last = Some((entry, whole));
    }
    for (index, value) in values {
        cells[index].update(|slot, _| {
            *slot = Some(value);
            Ok(())
        })?;
    }
    Ok(report)
}
