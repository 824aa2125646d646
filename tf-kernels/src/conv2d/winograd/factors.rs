//! The transform of the filter, and the transpose that makes a filter's
//! gradient of its factors'.
//!
//! Factors lie in the order in which a band reads them: frequency row, block of
//! output channels, frequency, input channel, two registers of output channels.
//! Where the output channels end within a block there are zeros.

use super::super::epilogue::load;
use super::layout::LINE;
use super::transform::{MOST, Transform};
use crate::simd::Vector;

/// Where the factors of a filter `[TAPS, TAPS, in_c, out_c]` lie.
#[derive(Clone, Copy)]
pub(super) struct Factors {
    pub(super) in_c: usize,
    pub(super) out_c: usize,
    /// Rows of frequencies, and frequencies of a row.
    tile: [usize; 2],
    /// Output channels of a block.
    pub(super) width: usize,
}

impl Factors {
    pub(super) fn new(in_c: usize, out_c: usize, tile: [usize; 2], lanes: usize) -> Self {
        Self { in_c, out_c, tile, width: 2 * lanes }
    }

    /// Blocks of output channels.
    pub(super) fn blocks(&self) -> usize {
        self.out_c.div_ceil(self.width)
    }

    /// From a frequency of one block to the next: a line more than it takes, or
    /// all frequencies of a channel might share one set of the cache.
    pub(super) fn frequency(&self) -> usize {
        self.in_c * self.width + LINE
    }

    /// Elements of a row of frequencies of one block.
    pub(super) fn row(&self) -> usize {
        self.tile[1] * self.frequency()
    }

    /// Where the row of frequencies of a block begins.
    pub(super) fn start(&self, row: usize, block: usize) -> usize {
        (row * self.blocks() + block) * self.row()
    }

    /// Elements of all.
    pub(super) fn len(&self) -> usize {
        self.tile[0] * self.blocks() * self.row()
    }
}

/// Fills the factors of input channel `channel`.
///
/// # Safety
/// The instructions of `V` must exist, `factors` be those of `X` and `V`,
/// `filter` and `to` valid for all of it, and nobody else use the channel's
/// factors.
#[inline(always)]
pub(super) unsafe fn transform<V: Vector<Elem = f32>, X: Transform>(
    factors: &Factors,
    channel: usize,
    filter: *const f32,
    to: *mut f32,
) {
    let step = factors.in_c * factors.out_c;
    for first in (0..factors.blocks() * factors.width).step_by(V::LANES) {
        let left = factors.out_c.saturating_sub(first);
        // SAFETY: the caller's promise; where no channel is left nothing is read.
        unsafe {
            let from = filter.wrapping_add(channel * factors.out_c + first);
            // Vertically, then horizontally.
            let mut down = [[V::splat(0.0); MOST]; MOST];
            for x in 0..X::TAPS {
                let mut w = [V::splat(0.0); MOST];
                for (y, w) in w.iter_mut().enumerate().take(X::TAPS) {
                    *w = if left == 0 { *w } else { load(from.wrapping_add((y * X::TAPS + x) * step), left) };
                }
                let u = X::filter(w);
                for (row, &u) in down.iter_mut().zip(&u).take(X::TILE) {
                    row[x] = u;
                }
            }
            for (i, &row) in down.iter().enumerate().take(X::TILE) {
                let u = X::filter(row);
                let to = to.add(factors.start(i, first / factors.width) + channel * factors.width);
                let to = to.add(first % factors.width);
                for (j, u) in u.iter().enumerate().take(X::TILE) {
                    u.store(to.add(j * factors.frequency()));
                }
            }
        }
    }
}

/// The gradient of the taps of input channel `channel`, from the sum of its
/// factors' over `parts` that lie `part` elements apart. `Y` transforms columns,
/// `X` rows.
///
/// # Safety
/// As [`transform`], with `filter` valid for writing and the channel's taps
/// used by nobody else.
#[inline(always)]
pub(super) unsafe fn gather<V: Vector<Elem = f32>, Y: Transform, X: Transform>(
    factors: &Factors,
    channel: usize,
    from: *const f32,
    (parts, part): (usize, usize),
    filter: *mut f32,
) {
    let step = factors.in_c * factors.out_c;
    for first in (0..factors.out_c).step_by(V::LANES) {
        let left = factors.out_c - first;
        // SAFETY: the caller's promise.
        unsafe {
            let mut across = [[V::splat(0.0); MOST]; MOST];
            for i in 0..Y::TILE {
                let from = from.add(factors.start(i, first / factors.width) + channel * factors.width);
                let from = from.add(first % factors.width);
                let mut u = [V::splat(0.0); MOST];
                for (j, u) in u.iter_mut().enumerate().take(X::TILE) {
                    let from = from.add(j * factors.frequency());
                    *u = V::load(from);
                    for i in 1..parts {
                        let from = from.add(i * part);
                        *u = u.add(V::load(from));
                        // The next channel's come near: they lie apart as these do, which the processor does not foresee.
                        V::prefetch_second(from.wrapping_add(factors.width));
                    }
                }
                let w = X::gather(u);
                for (column, &w) in across.iter_mut().zip(&w).take(X::TAPS) {
                    column[i] = w;
                }
            }
            for (x, &column) in across.iter().enumerate().take(X::TAPS) {
                let w = Y::gather(column);
                for (y, w) in w.iter().enumerate().take(Y::TAPS) {
                    let to = filter.add((y * X::TAPS + x) * step + channel * factors.out_c + first);
                    if left >= V::LANES {
                        w.store(to);
                    } else {
                        w.store_first(to, left);
                    }
                }
            }
        }
    }
}
