//! The filter's gradient: what a change of each factor does is a sum over all
//! tiles of the images' products times those that the results' changes spread
//! to; the transpose of the filter's transform makes of it what a change of
//! each tap does.
//!
//! Sums are long, so they are begun anew after some blocks and added up apart:
//! that loses less to rounding than one chain does, direct or not.

use super::ahead::{self, Ahead, Rows};
use super::band::TOGETHER;
use super::factors::Factors;
use super::input::{Analysis, Images, Spread, horizontal, vertical};
use super::layout::{column_block, column_step, value_block, value_step};
use super::tiles::Tiles;
use super::transform::Transform;
use crate::simd::Vector;
use std::ops::Range;

/// Blocks of tiles that one chain of sums goes over.
const CHAIN: usize = 8;

/// What the work on all parts has in common.
pub(super) struct Job<'a> {
    pub(super) images: Images<'a>,
    /// The results' changes.
    pub(super) slope: Images<'a>,
    pub(super) tiles: Tiles,
    pub(super) factors: Factors,
}

/// Elements of scratch memory that [`accumulate`] needs.
pub(super) fn scratch_len<V: Vector, X: Transform, const TILES: usize>(factors: &Factors) -> usize {
    let blocks = factors.in_c.div_ceil(V::LANES) + factors.out_c.div_ceil(V::LANES);
    blocks * (column_block::<V, X>(TILES) + value_block::<V>(TILES))
}

/// Whether the sums of `rows` need a total apart from the chain that goes on.
pub(super) fn is_long(tiles: &Tiles, rows: &Range<usize>) -> bool {
    tiles.blocks(rows).iter().product::<usize>() > CHAIN
}

/// Sums the factors' gradient over the rows of tiles. `sums` holds it once, or
/// twice where that [is long](is_long): the total first, then the chain.
///
/// # Safety
/// The instructions of `V` must exist, the factors and the tiles' size be those
/// of `V` and `X`.
#[inline(always)]
pub(super) unsafe fn accumulate<V: Vector<Elem = f32>, X: Transform, const TILES: usize, const ROWS: usize>(
    job: &Job<'_>,
    rows: Range<usize>,
    sums: &mut [f32],
    scratch: &mut [f32],
) {
    let Factors { in_c, out_c, width, .. } = job.factors;
    assert!(scratch.len() >= scratch_len::<V, X, TILES>(&job.factors), "scratch memory of a part");
    let len = job.factors.len();
    let is_long = is_long(&job.tiles, &rows);
    assert!(width == 2 * V::LANES && sums.len() >= if is_long { 2 * len } else { len }, "sums of this path");
    let (total, chain) = sums.split_at_mut(if is_long { len } else { 0 });
    let (blocks_in, blocks_out) = (in_c.div_ceil(V::LANES), out_c.div_ceil(V::LANES));
    let columns = scratch.as_mut_ptr();
    let slope_columns = columns.wrapping_add(blocks_in * column_block::<V, X>(TILES));
    let values = slope_columns.wrapping_add(blocks_out * column_block::<V, X>(TILES));
    let slopes = values.wrapping_add(blocks_in * value_block::<V>(TILES));

    let blocks: usize = job.tiles.blocks(&rows).iter().product();
    let is_far = job.factors.blocks() <= TOGETHER && ahead::is_far(&[job.images.cells.len(), job.slope.cells.len()]);
    for i in 0..blocks {
        // Sums that begin need not be loaded, or be zero before.
        let begins = i % CHAIN == 0;
        let block = &job.tiles.block(&rows, i);
        let tiles = block.tiles();
        assert!(tiles <= TILES, "a block that the scratch memory was made for");
        let ahead = (is_far && i + 1 < blocks).then(|| {
            let (next, turns) = (job.tiles.block(&rows, i + 1), X::TILE * job.factors.blocks() * X::TILE);
            let images = Rows::of::<X>(&job.images, &job.tiles, &next, X::TILE, turns);
            Ahead::new([images, Rows::of::<X>(&job.slope, &job.tiles, &next, X::OUT, turns)])
        });
        // SAFETY: the caller's promise; scratch memory is large enough, as asserted.
        unsafe {
            vertical::<V, Analysis<X>, TILES>(&job.images, &job.tiles, block, columns);
            vertical::<V, Spread<X>, TILES>(&job.slope, &job.tiles, block, slope_columns);
            for row in 0..X::TILE {
                let step = row * column_step::<V, X>(TILES);
                horizontal::<V, Analysis<X>, TILES>(in_c, block, columns.add(step), values);
                horizontal::<V, Spread<X>, TILES>(out_c, block, slope_columns.add(step), slopes);
                for channels in 0..job.factors.blocks() {
                    let vectors = (blocks_out - 2 * channels).min(2);
                    let slopes = slopes.add(2 * channels * value_block::<V>(TILES));
                    let sums = &mut chain[job.factors.start(row, channels)..][..job.factors.row()];
                    for frequency in 0..X::TILE {
                        if let Some(ahead) = &ahead {
                            ahead.come::<V>();
                        }
                        let sums = &mut sums[frequency * job.factors.frequency()..];
                        let step = frequency * value_step::<V>(TILES);
                        let (values, slopes) = (values.add(step), slopes.add(step));
                        if vectors == 2 {
                            products::<V, TILES, ROWS, 2>(in_c, tiles, values, slopes, begins, sums);
                        } else {
                            products::<V, TILES, ROWS, 1>(in_c, tiles, values, slopes, begins, sums);
                        }
                    }
                }
            }
        }
        let ends = i % CHAIN == CHAIN - 1 || i == blocks - 1;
        if is_long && ends {
            if i < CHAIN {
                total.copy_from_slice(&chain[..len]);
            } else {
                for (total, &sum) in total.iter_mut().zip(&*chain) {
                    *total += sum;
                }
            }
        }
    }
}

/// All input channels of one frequency, for a block of output channels.
///
/// # Safety
/// The instructions of `V` must exist, `values` and `slopes` be those of the
/// frequency, as `layout` says.
#[inline(always)]
unsafe fn products<V: Vector<Elem = f32>, const TILES: usize, const ROWS: usize, const Q: usize>(
    in_c: usize,
    tiles: usize,
    values: *const f32,
    slopes: *const f32,
    begins: bool,
    sums: &mut [f32],
) {
    let width = 2 * V::LANES;
    assert!(sums.len() >= in_c * width, "sums of every channel");
    let sums = sums.as_mut_ptr();
    let mut channel = 0;
    while channel < in_c {
        let lane = channel % V::LANES;
        // SAFETY: the caller's promise; sums of the channel on, as asserted.
        unsafe {
            let values = values.add(channel / V::LANES * value_block::<V>(TILES) + lane);
            let sums = sums.add(channel * width);
            if in_c - channel >= ROWS {
                rows::<V, TILES, ROWS, Q>(tiles, values, slopes, begins, sums);
                channel += ROWS;
            } else {
                rows::<V, TILES, 1, Q>(tiles, values, slopes, begins, sums);
                channel += 1;
            }
        }
    }
}

/// `R` neighbouring input channels by `Q` registers of output channels.
///
/// # Safety
/// As [`products`].
#[inline(always)]
unsafe fn rows<V: Vector<Elem = f32>, const TILES: usize, const R: usize, const Q: usize>(
    tiles: usize,
    values: *const f32,
    slopes: *const f32,
    begins: bool,
    sums: *mut f32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut acc = [[V::splat(0.0); Q]; R];
        if !begins {
            for (r, acc) in acc.iter_mut().enumerate() {
                for (q, acc) in acc.iter_mut().enumerate() {
                    *acc = V::load(sums.add((2 * r + q) * V::LANES));
                }
            }
        }
        for tile in 0..tiles {
            let mut slope = [V::load(slopes.add(tile * V::LANES)); Q];
            for (q, slope) in slope.iter_mut().enumerate().skip(1) {
                *slope = V::load(slopes.add(q * value_block::<V>(TILES) + tile * V::LANES));
            }
            for (r, acc) in acc.iter_mut().enumerate() {
                let value = V::splat(*values.add(tile * V::LANES + r));
                for (acc, &slope) in acc.iter_mut().zip(&slope) {
                    *acc = value.mul_add(slope, *acc);
                }
            }
        }
        for (r, acc) in acc.iter().enumerate() {
            for (q, acc) in acc.iter().enumerate() {
                acc.store(sums.add((2 * r + q) * V::LANES));
            }
        }
    }
}
