//! A band of tiles from the images to the results. A block of tiles goes one
//! row of frequencies at a time, so that what lies between the transforms and
//! the products stays in the first-level cache:
//!
//! 1. the block's columns, vertically;
//! 2. for each frequency row: its tiles horizontally, the products with the
//!    filter's factors for each block of output channels, those horizontally;
//! 3. the results vertically, with the epilogue.

use super::super::epilogue::load;
use super::super::summing::SQUARES;
use super::ahead::{self, Ahead, Rows};
use super::factors::Factors;
use super::input::{Analysis, Images, horizontal, vertical};
use super::layout::{column_block, column_step, product_step, row_block, row_step, value_block};
use super::output::{self, Cells, Channels, Results, Sums};
use super::products::{Products, Table, multiply};
use super::tiles::Tiles;
use super::transform::{MOST, Transform};
use crate::simd::Vector;
use std::ops::Range;

/// Blocks of output channels that share a transform of the images; their rows
/// stay in the second-level cache.
pub(super) const TOGETHER: usize = 4;

/// What the work on all bands has in common.
pub(super) struct Job<'a> {
    pub(super) images: Images<'a>,
    pub(super) tiles: Tiles,
    pub(super) factors: Factors,
    /// The filter, and what it was transformed to.
    pub(super) filter: &'a [f32],
    pub(super) transformed: &'a [f32],
    pub(super) results: Results<'a>,
}

// SAFETY: pointers within are to memory that is read, or to results of which
// each thread uses its own.
unsafe impl Sync for Job<'_> {}

/// Elements of scratch memory that [`band`] needs.
pub(super) fn scratch_len<V: Vector, X: Transform, const TILES: usize>(factors: &Factors) -> usize {
    let blocks = factors.in_c.div_ceil(V::LANES);
    blocks * (column_block::<V, X, X>(TILES) + value_block::<V>(TILES))
        + MOST * product_step::<V>(TILES)
        + TOGETHER * row_block::<V, X>(TILES)
}

/// The band's results; its part of their sums is added to `totals`, if there are
/// some: of each output channel, and of squared distances.
///
/// # Safety
/// The instructions of `V` must exist, `table` be the one of blocks of `TILES`
/// tiles, and the factors and the tiles' size those of `V` and `X`. The results
/// of the rows of tiles must be valid and used by nobody else.
#[inline(always)]
pub(super) unsafe fn band<V: Vector<Elem = f32>, X: Transform, const TILES: usize>(
    job: &Job<'_>,
    table: Table,
    rows: Range<usize>,
    scratch: &mut [f32],
    totals: &mut [f64],
) {
    let Factors { in_c, out_c, width, .. } = job.factors;
    assert!(scratch.len() >= scratch_len::<V, X, TILES>(&job.factors), "scratch memory of a band");
    assert!(width == 2 * V::LANES && job.transformed.len() == job.factors.len(), "factors of this path");
    assert!(totals.is_empty() || totals.len() == out_c + SQUARES, "totals of each channel, and of squares");
    let blocks_in = in_c.div_ceil(V::LANES);
    let columns = scratch.as_mut_ptr();
    let values = columns.wrapping_add(blocks_in * column_block::<V, X, X>(TILES));
    let products = values.wrapping_add(blocks_in * value_block::<V>(TILES));
    let sums = products.wrapping_add(MOST * product_step::<V>(TILES));

    let blocks = job.factors.blocks();
    let count: usize = job.tiles.blocks(&rows).iter().product();
    // Where channels are many, results of one cell are stored in several turns.
    let is_far = blocks <= TOGETHER && ahead::is_far(&[job.images.cells.len(), job.results.len()]);
    for i in 0..count {
        let block = &job.tiles.block(&rows, i);
        let ahead = is_far.then(|| {
            let turns = X::TILE * blocks * X::TILE;
            let next = job.tiles.after(&rows, i);
            let next = next.map(|next| Rows::of::<Analysis<X>, Analysis<X>>(&job.images, &job.tiles, &next, turns));
            Ahead::new(job.results.rows::<X>(&job.tiles, block, turns).into_iter().chain(next))
        });
        let tiles = block.tiles();
        assert!(tiles <= TILES, "a block that the scratch memory was made for");
        // SAFETY: the caller's promise; scratch memory is large enough, as asserted.
        unsafe {
            vertical::<V, Analysis<X>, Analysis<X>, TILES>(&job.images, &job.tiles, block, columns);
            for first in (0..blocks).step_by(TOGETHER) {
                let together = first..(first + TOGETHER).min(blocks);
                for row in 0..X::TILE {
                    let column_row = columns.add(row * column_step::<V, X>(TILES));
                    horizontal::<V, Analysis<X>, Analysis<X>, TILES>(in_c, block, column_row, values);
                    for (i, channels) in together.clone().enumerate() {
                        let left = out_c - channels * width;
                        let vectors = left.div_ceil(V::LANES).min(2);
                        let factors = &job.transformed[job.factors.start(row, channels)..][..job.factors.row()];
                        let p = Products {
                            frequencies: X::TILE,
                            tiles,
                            channels: in_c,
                            values,
                            factors,
                            factor_step: job.factors.frequency(),
                            products,
                            ahead: ahead.as_ref(),
                        };
                        multiply::<V, TILES>(table, vectors, &p);
                        let to = sums.add(i * row_block::<V, X>(TILES) + row * row_step::<V, X>(TILES));
                        output::horizontal::<V, X, TILES>(tiles, vectors, products, to);
                    }
                }
                for (i, channels) in together.clone().enumerate() {
                    let first = channels * width;
                    let channels = Channels { first, count: (out_c - first).min(width) };
                    let from = sums.add(i * row_block::<V, X>(TILES));
                    let (results, tiles) = (&job.results, &job.tiles);
                    let mut not_finite = if totals.is_empty() {
                        output::vertical::<V, X, TILES, false>(results, channels, tiles, block, from, totals)
                    } else {
                        output::vertical::<V, X, TILES, true>(results, channels, tiles, block, from, totals)
                    };
                    while not_finite != 0 {
                        let tile = not_finite.trailing_zeros() as usize;
                        not_finite &= not_finite - 1;
                        let cells = Cells::new::<X>(job.results.shape, &job.tiles, block, tile);
                        directly::<V>(&job.images, job.filter, &job.results, channels, cells, totals);
                    }
                }
            }
        }
    }
}

/// The results of a tile by their definition: where an input or a weight is
/// infinite or not a number, sums of transforms would not be what they ought to.
///
/// # Safety
/// As [`band`], for the tile's results.
#[inline(always)]
pub(super) unsafe fn directly<V: Vector<Elem = f32>>(
    images: &Images<'_>,
    filter: &[f32],
    results: &Results<'_>,
    channels: Channels,
    cells: Cells,
    totals: &mut [f64],
) {
    let s = results.shape;
    let image = &images.cells[cells.image * s.in_h * s.in_w * s.in_c..][..s.in_h * s.in_w * s.in_c];
    for cell in 0..cells.height * cells.width {
        let (y, x) = (cells.y + cell / cells.width, cells.x + cell % cells.width);
        for (vector, first) in (0..channels.count).step_by(V::LANES).enumerate() {
            let (first, left) = (channels.first + first, channels.count - first);
            // SAFETY: the caller's promise; taps lie within image and filter.
            unsafe {
                let mut sum = V::load(results.bias.as_ptr().add(first));
                for tap in 0..s.k_h * s.k_w {
                    let (in_y, in_x) = (y * s.strides[0] + tap / s.k_w, x * s.strides[1] + tap % s.k_w);
                    let (in_y, in_x) = (in_y.wrapping_sub(s.pad.top), in_x.wrapping_sub(s.pad.left));
                    let inside = in_y < s.in_h && in_x < s.in_w;
                    let cell = if inside { &image[(in_y * s.in_w + in_x) * s.in_c..] } else { &[] };
                    let weights = &filter[tap * s.in_c * s.out_c..][..s.in_c * s.out_c];
                    for i in 0..s.in_c {
                        // Padding is multiplied as well: by an infinite weight it is not a number.
                        let value = V::splat(cell.get(i).copied().unwrap_or(0.0));
                        let weights = weights.as_ptr().add(i * s.out_c + first);
                        sum = value.mul_add(load(weights, left), sum);
                    }
                }
                let at = ((cells.image * s.out_h + y) * s.out_w + x) * s.out_c + first;
                if totals.is_empty() {
                    results.after.store(sum, results.out.add(at), at, left);
                } else {
                    let mut sums = Sums::zero();
                    output::summed(results, sum, at, left, vector, &mut sums);
                    sums.add_to(channels, totals);
                }
            }
        }
    }
}
