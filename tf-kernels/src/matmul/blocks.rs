//! Products cut into blocks that stay in the caches, each computed tile by tile.
//!
//! A block of the second operand, laid out in slivers as wide as a tile, stays in the second-level cache; the rows of the first that a
//! tile reads stay in the first-level cache while they meet one sliver after the other (Goto and van de Geijn 2008). An operand that
//! lies well already is read in place.

use super::tile::{Tile, TileElement};
use super::{Product, Strip};
use crate::isa::Isa;
use crate::scratch::{Scratch, with_scratch};

/// Rows of a block of the second operand.
const DEPTH: usize = 256;

/// Bytes of a block of the second operand: half of a second-level cache.
const BLOCK_BYTES: usize = 512 << 10;

/// Bytes of a second operand that is small enough to be read in place.
const NEAR: usize = 64 << 10;

/// Slivers that have to meet the rows of a tile for their copy to pay.
const FEW_SLIVERS: usize = 4;

/// Rows this many bytes apart, or a multiple, meet in too few places of the first-level cache.
const CROWDED: usize = 2048;

/// A number cut evenly into as few parts as there can be of no more than `most`: the size of a part.
fn even(number: usize, most: usize) -> usize {
    number.div_ceil(number.div_ceil(most))
}

/// Computes the strip.
pub(super) fn multiply<T: TileElement + Scratch>(isa: Isa, strip: &Strip<'_, T>) {
    let tiles = T::tiles(isa);
    let Product { m, k, n, a, b } = strip.product;
    let (lanes, width, size) = (tiles.lanes, 2 * tiles.lanes, size_of::<T>());
    let rows = even(m, tiles.rows());
    let depth = even(k, DEPTH);
    let columns = even(n, BLOCK_BYTES / (DEPTH * size)).next_multiple_of(width);

    let b_in_place = b[1] == 1 && n.is_multiple_of(lanes) && k * n * size <= NEAR;
    let small = m * k * size <= NEAR / 4;
    let few = n <= FEW_SLIVERS * width;
    let a_in_place = small || a[1] == 1 && (few || !(a[0] * size).is_multiple_of(CROWDED));
    let packed_b = if b_in_place { 0 } else { depth * columns };
    let packed_a = if a_in_place { 0 } else { depth * rows };

    with_scratch(packed_b + packed_a + columns, |memory| {
        let (b_memory, rest) = memory.split_at_mut(packed_b);
        let (a_memory, bias_memory) = rest.split_at_mut(packed_a);
        for first_column in (0..n).step_by(columns) {
            let columns = columns.min(n - first_column);
            let bias = strip.bias.map(|bias| {
                bias_memory.fill(T::default());
                bias_memory[..columns].copy_from_slice(&bias[first_column..first_column + columns]);
                bias_memory.as_ptr()
            });
            for first in (0..k).step_by(depth) {
                let depth = depth.min(k - first);
                if !b_in_place {
                    let block = &strip.b[first * b[0] + first_column * b[1]..];
                    pack_slivers(block, b, depth, columns, width, b_memory);
                }
                for row in (0..m).step_by(rows) {
                    let rows = rows.min(m - row);
                    let panel = &strip.a[row * a[0] + first * a[1]..];
                    let (panel, a_row, a_step) = if a_in_place {
                        (panel, a[0], a[1])
                    } else {
                        pack_panel(panel, a, depth, rows, a_memory);
                        (&*a_memory, 1, rows)
                    };
                    for column in (0..columns).step_by(width) {
                        let (b, b_step) = if b_in_place {
                            (&strip.b[first * b[0] + first_column + column..], b[0])
                        } else {
                            (&b_memory[column * depth..], width)
                        };
                        let tile = Tile {
                            depth,
                            a: panel.as_ptr(),
                            a_row,
                            a_step,
                            b: b.as_ptr(),
                            b_step,
                            bias: match bias {
                                Some(bias) if first == 0 => bias.wrapping_add(column),
                                _ => std::ptr::null(),
                            },
                            adds: first > 0,
                            relu: strip.relu && first + depth == k,
                            // SAFETY: the row and column lie within the strip, which is this call's own.
                            out: unsafe { strip.out.add(row * strip.stride + first_column + column) },
                            out_row: strip.stride,
                            columns: width.min(columns - column),
                        };
                        let registers = tile.columns.div_ceil(lanes);
                        // SAFETY: the operands hold `rows` rows and the depth at these strides; slivers and bias are filled up to
                        // whole registers, and an operand read in place has whole registers of columns.
                        unsafe { tiles.run(rows, registers, &tile) };
                    }
                }
            }
        }
    });
}

/// Copies a block of the second operand: slivers of `width` columns after each other, each row by row, zeros where columns end.
fn pack_slivers<T: Copy + Default>(
    block: &[T],
    [row, column]: [usize; 2],
    depth: usize,
    columns: usize,
    width: usize,
    out: &mut [T],
) {
    for (sliver, out) in out.chunks_mut(depth * width).take(columns.div_ceil(width)).enumerate() {
        let first = sliver * width;
        let count = width.min(columns - first);
        if count < width {
            out.fill(T::default());
        }
        if column == 1 {
            for (i, out) in out.chunks_exact_mut(width).enumerate() {
                out[..count].copy_from_slice(&block[i * row + first..][..count]);
            }
        } else {
            transpose(&block[first * column..], column, row, depth, out, width, count);
        }
    }
}

/// Copies rows of the first operand: for each column of it the elements of all rows.
fn pack_panel<T: Copy>(panel: &[T], [row, column]: [usize; 2], depth: usize, rows: usize, out: &mut [T]) {
    if row == 1 {
        for (i, out) in out.chunks_exact_mut(rows).take(depth).enumerate() {
            out.copy_from_slice(&panel[i * column..][..rows]);
        }
    } else {
        transpose(panel, row, column, depth, out, rows, rows);
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
