//! The filter's gradient: what a change of each factor does is a sum over all
//! tiles of the images' products times those that the results' changes spread
//! to; the transpose of the filter's transform makes of it what a change of
//! each tap does.
//!
//! Sums are long, so they are begun anew after some tiles and added up apart:
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

/// Tiles that one chain of sums goes over at most.
const CHAIN: usize = 32;

/// What the work on all parts has in common.
pub(super) struct Job<'a> {
    pub(super) images: Images<'a>,
    /// The results' changes.
    pub(super) slope: Images<'a>,
    pub(super) tiles: Tiles,
    pub(super) factors: Factors,
}

/// Elements of scratch memory that [`accumulate`] needs.
pub(super) fn scratch_len<V: Vector, Y: Transform, X: Transform, const TILES: usize>(factors: &Factors) -> usize {
    let blocks = factors.in_c.div_ceil(V::LANES) + factors.out_c.div_ceil(V::LANES);
    blocks * (column_block::<V, Y, X>(TILES) + value_block::<V>(TILES))
}

/// Sums the factors' gradient over the rows of tiles, whose columns `Y` and whose
/// rows `X` transforms.
///
/// # Safety
/// The instructions of `V` must exist, the factors and the tiles' size be those
/// of `V`, `Y` and `X`.
#[inline(always)]
pub(super) unsafe fn accumulate<
    V: Vector<Elem = f32>,
    Y: Transform,
    X: Transform,
    const TILES: usize,
    const ROWS: usize,
>(
    job: &Job<'_>,
    rows: Range<usize>,
    sums: &mut [f32],
    scratch: &mut [f32],
) {
    let Factors { in_c, out_c, width, .. } = job.factors;
    assert!(scratch.len() >= scratch_len::<V, Y, X, TILES>(&job.factors), "scratch memory of a part");
    assert!(width == 2 * V::LANES && sums.len() == job.factors.len(), "sums of this path");
    let (blocks_in, blocks_out) = (in_c.div_ceil(V::LANES), out_c.div_ceil(V::LANES));
    let columns = scratch.as_mut_ptr();
    let slope_columns = columns.wrapping_add(blocks_in * column_block::<V, Y, X>(TILES));
    let values = slope_columns.wrapping_add(blocks_out * column_block::<V, Y, X>(TILES));
    let slopes = values.wrapping_add(blocks_in * value_block::<V>(TILES));

    let blocks: usize = job.tiles.blocks(&rows).iter().product();
    let is_far = job.factors.blocks() <= TOGETHER && ahead::is_far(&[job.images.cells.len(), job.slope.cells.len()]);
    for i in 0..blocks {
        let block = &job.tiles.block(&rows, i);
        let tiles = block.tiles();
        assert!(tiles <= TILES, "a block that the scratch memory was made for");
        let spans = Spans { tiles, chain: tiles.div_ceil(tiles.div_ceil(CHAIN)), begins: i == 0 };
        let ahead = (is_far && i + 1 < blocks).then(|| {
            let (next, turns) = (job.tiles.block(&rows, i + 1), Y::TILE * job.factors.blocks() * X::TILE);
            let images = Rows::of::<Analysis<Y>, Analysis<X>>(&job.images, &job.tiles, &next, turns);
            Ahead::new([images, Rows::of::<Spread<Y>, Spread<X>>(&job.slope, &job.tiles, &next, turns)])
        });
        // SAFETY: the caller's promise; scratch memory is large enough, as asserted.
        unsafe {
            vertical::<V, Analysis<Y>, Analysis<X>, TILES>(&job.images, &job.tiles, block, columns);
            vertical::<V, Spread<Y>, Spread<X>, TILES>(&job.slope, &job.tiles, block, slope_columns);
            for row in 0..Y::TILE {
                let step = row * column_step::<V, X>(TILES);
                horizontal::<V, Analysis<Y>, Analysis<X>, TILES>(in_c, block, columns.add(step), values);
                horizontal::<V, Spread<Y>, Spread<X>, TILES>(out_c, block, slope_columns.add(step), slopes);
                for channels in 0..job.factors.blocks() {
                    let vectors = (blocks_out - 2 * channels).min(2);
                    let slopes = slopes.add(2 * channels * value_block::<V>(TILES));
                    let sums = &mut sums[job.factors.start(row, channels)..][..job.factors.row()];
                    for frequency in 0..X::TILE {
                        if let Some(ahead) = &ahead {
                            ahead.come_nearer::<V>();
                        }
                        let sums = &mut sums[frequency * job.factors.frequency()..];
                        let step = frequency * value_step::<V>(TILES);
                        let (values, slopes) = (values.add(step), slopes.add(step));
                        if vectors == 2 {
                            products::<V, TILES, ROWS, 2>(in_c, &spans, values, slopes, sums);
                        } else {
                            products::<V, TILES, ROWS, 1>(in_c, &spans, values, slopes, sums);
                        }
                    }
                }
            }
        }
    }
}

/// What sums go over.
struct Spans {
    /// The tiles of a block, and of a chain.
    tiles: usize,
    chain: usize,
    /// Whether it is the first block: then sums need not be loaded, or be zero before.
    begins: bool,
}

/// All input channels of one frequency, for a block of output channels.
///
/// # Safety
/// The instructions of `V` must exist, `values` and `slopes` be those of the
/// frequency, as `layout` says.
#[inline(always)]
unsafe fn products<V: Vector<Elem = f32>, const TILES: usize, const ROWS: usize, const Q: usize>(
    in_c: usize,
    spans: &Spans,
    values: *const f32,
    slopes: *const f32,
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
                rows::<V, TILES, ROWS, Q>(spans, values, slopes, sums);
                channel += ROWS;
            } else {
                rows::<V, TILES, 1, Q>(spans, values, slopes, sums);
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
    spans: &Spans,
    values: *const f32,
    slopes: *const f32,
    sums: *mut f32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let Spans { tiles, chain, begins } = *spans;
        for first in (0..tiles).step_by(chain) {
            let mut acc = [[V::splat(0.0); Q]; R];
            for tile in first..tiles.min(first + chain) {
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
            let known = first > 0 || !begins;
            for (r, acc) in acc.iter().enumerate() {
                for (q, &acc) in acc.iter().enumerate() {
                    let to = sums.add((2 * r + q) * V::LANES);
                    (if known { V::load(to).add(acc) } else { acc }).store(to);
                }
            }
        }
    }
}
