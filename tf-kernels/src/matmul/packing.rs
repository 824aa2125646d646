//! Operands laid out as the tiles read them.

use super::tile::{Rows, Tiles};

/// Slivers that are filled together: a row of the matrix is read some lines of the cache at a time.
const TOGETHER: usize = 4;

/// Copies a block of the second operand: slivers of `width` columns after each other, `rows` of each from row `first` on, zeros where
/// columns end. A sliver has `depth` rows.
///
/// # Safety
/// `out` must be valid for the slivers, and nobody else may use these rows of them.
#[allow(clippy::too_many_arguments, reason = "the place in both matrices")]
pub(super) unsafe fn pack_slivers<T: Copy + Default>(
    tiles: &Tiles<T>,
    block: &[T],
    [row, column]: [usize; 2],
    rows: usize,
    columns: usize,
    out: *mut T,
    depth: usize,
    first: usize,
) {
    let width = 2 * tiles.lanes;
    let whole = columns / width;
    if column == 1 {
        for group in (0..whole).step_by(TOGETHER) {
            let slivers = TOGETHER.min(whole - group);
            assert!((rows - 1) * row + (group + slivers) * width <= block.len(), "the rows of a block");
            // SAFETY: the rows lie within the block, as asserted; `out` is the caller's promise.
            unsafe {
                tiles.copy(&Rows {
                    rows,
                    slices: slivers,
                    from: block.as_ptr().add(group * width),
                    row,
                    to: out.add((group * depth + first) * width),
                    to_row: width,
                    to_slice: depth * width,
                });
            }
        }
    }
    let from = if column == 1 { whole } else { 0 };
    for sliver in from..columns.div_ceil(width) {
        let at = sliver * width;
        let count = width.min(columns - at);
        // SAFETY: the caller's promise.
        let out = unsafe { std::slice::from_raw_parts_mut(out.add((sliver * depth + first) * width), rows * width) };
        if count < width {
            out.fill(T::default());
        }
        if column == 1 {
            for (i, out) in out.chunks_exact_mut(width).enumerate() {
                out[..count].copy_from_slice(&block[i * row + at..][..count]);
            }
        } else {
            transpose(&block[at * column..], column, row, rows, out, width, count);
        }
    }
}

/// Copies rows of the first operand, whose columns lie `column` apart and whose rows are contiguous in a column: for each column the
/// elements of all rows.
pub(super) fn pack_columns<T: Copy>(panel: &[T], column: usize, depth: usize, rows: usize, out: &mut [T]) {
    for (i, out) in out.chunks_exact_mut(rows).take(depth).enumerate() {
        out.copy_from_slice(&panel[i * column..][..rows]);
    }
}

/// Copies rows of the first operand, `row` apart, to rows that lie `to` apart.
pub(super) fn pack_rows<T: Copy>(
    tiles: &Tiles<T>,
    panel: &[T],
    row: usize,
    depth: usize,
    rows: usize,
    out: &mut [T],
    to: usize,
) {
    assert!((rows - 1) * row + depth <= panel.len() && (rows - 1) * to + depth <= out.len(), "the rows of a panel");
    let width = 2 * tiles.lanes;
    let whole = depth / width;
    // SAFETY: the rows lie within both, as asserted.
    unsafe {
        tiles.copy(&Rows {
            rows,
            slices: whole,
            from: panel.as_ptr(),
            row,
            to: out.as_mut_ptr(),
            to_row: to,
            to_slice: width,
        });
    }
    let whole = whole * width;
    if whole < depth {
        for i in 0..rows {
            out[i * to..][whole..depth].copy_from_slice(&panel[i * row..][whole..depth]);
        }
    }
}

/// `out[i * width + j] = from[j * line + i * step]` for `i` in `0..depth` and `j` in `0..count`, a few lines at a time, so that they
/// are read as they lie.
fn transpose<T: Copy>(from: &[T], line: usize, step: usize, depth: usize, out: &mut [T], width: usize, count: usize) {
    const AT_ONCE: usize = 8;
    for j in (0..count).step_by(AT_ONCE) {
        let some = AT_ONCE.min(count - j);
        let lines: [&[T]; AT_ONCE] = std::array::from_fn(|l| &from[(j + l.min(some - 1)) * line..]);
        for (i, out) in out.chunks_exact_mut(width).take(depth).enumerate() {
            let out = &mut out[j..j + some];
            let at = i * step;
            if let Ok(out) = <&mut [T; AT_ONCE]>::try_from(&mut *out) {
                for (out, line) in out.iter_mut().zip(&lines) {
                    *out = line[at];
                }
            } else {
                for (out, line) in out.iter_mut().zip(&lines) {
                    *out = line[at];
                }
            }
        }
    }
}
