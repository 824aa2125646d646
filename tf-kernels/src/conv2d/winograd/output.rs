//! From products to results: horizontally for each row of frequencies, then
//! vertically, with bias and epilogue, into the result.

use super::super::Conv2dShape;
use super::super::epilogue::{After, load, store};
use super::super::summing::{Against, SQUARES};
use super::ahead::Rows;
use super::layout::{product_step, row_column, row_step};
use super::tiles::{Block, Tiles};
use super::transform::{MOST, Transform};
use crate::simd::{Vector, WIDEST};

/// Transforms the products of one frequency row, `vectors` registers of output
/// channels; `to` is that row of the rows.
///
/// # Safety
/// The instructions of `V` must exist, and the arrays must be those of blocks
/// of `TILES` tiles, as `layout` says.
#[inline(always)]
pub(super) unsafe fn horizontal<V: Vector<Elem = f32>, X: Transform, const TILES: usize>(
    tiles: usize,
    vectors: usize,
    from: *const f32,
    to: *mut f32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut m = [V::splat(0.0); MOST];
        for tile in 0..tiles {
            for vector in 0..vectors {
                let offset = tile * 2 * V::LANES + vector * V::LANES;
                for (j, m) in m.iter_mut().enumerate().take(X::TILE) {
                    *m = V::load(from.add(offset + j * product_step::<V>(TILES)));
                }
                let y = X::output(m);
                for (k, y) in y.iter().enumerate().take(X::OUT) {
                    y.store(to.add(offset + k * row_column::<V>(TILES)));
                }
            }
        }
    }
}

/// A block of output channels: the first, and how many.
#[derive(Clone, Copy)]
pub(super) struct Channels {
    pub(super) first: usize,
    pub(super) count: usize,
}

/// Where results go, and how.
pub(super) struct Results<'a> {
    pub(super) shape: &'a Conv2dShape,
    /// As many as fill the registers of all blocks of channels.
    pub(super) bias: &'a [f32],
    pub(super) after: After<f32>,
    /// What they are held against, where their slopes are asked for.
    pub(super) against: Option<Against<'a>>,
    pub(super) out: *mut f32,
}

impl Results<'_> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.shape.batch * self.shape.out_h * self.shape.out_w * self.shape.out_c
    }

    /// Where the results of a block lie, and what is added to them or decides
    /// about them, to be near in so many turns.
    pub(super) fn rows<X: Transform>(&self, tiles: &Tiles, block: &Block, turns: usize) -> [Rows; 3] {
        let (s, place) = (self.shape, tiles.place(block.rows.start));
        let (y, x) = (place.row * X::OUT, block.across.start * X::OUT);
        let rows = (s.out_h - y).min(block.rows.len() * X::OUT);
        let columns = (s.out_w - x).min(block.across.len() * X::OUT);
        let first = ((place.image * s.out_h + y) * s.out_w + x) * s.out_c;
        let [residual, gate] = self.after.operands();
        let operand = self.against.map_or(residual, |against| against.target.as_ptr());
        [self.out.cast_const(), operand, gate].map(|array| {
            let rows = if array.is_null() { 0 } else { rows };
            Rows::new(array.wrapping_add(first), rows, columns * s.out_c, s.out_w * s.out_c, turns)
        })
    }
}

/// Results of a tile that lie within the image.
#[derive(Clone, Copy)]
pub(super) struct Cells {
    pub(super) image: usize,
    pub(super) y: usize,
    pub(super) x: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

impl Cells {
    /// Those of a block's tile `i`.
    #[inline(always)]
    pub(super) fn new<X: Transform>(s: &Conv2dShape, tiles: &Tiles, block: &Block, i: usize) -> Self {
        let place = tiles.place(block.rows.start + i / block.across.len());
        let (y, x) = (place.row * X::OUT, (block.across.start + i % block.across.len()) * X::OUT);
        Self { image: place.image, y, x, height: (s.out_h - y).min(X::OUT), width: (s.out_w - x).min(X::OUT) }
    }
}

/// Sums over a tile: for each register of a block of output channels what is stored
/// there, and the squared distances from the target. They are added up in `f64`,
/// band by band, whose number is the shape's alone.
#[derive(Clone, Copy)]
pub(super) struct Sums<V> {
    stored: [V; 2],
    squares: V,
}

impl<V: Vector<Elem = f32>> Sums<V> {
    /// # Safety
    /// As for the other methods, the instructions of `V` must exist.
    #[inline(always)]
    pub(super) unsafe fn zero() -> Self {
        // SAFETY: the caller's promise.
        let zero = unsafe { V::splat(0.0) };
        Self { stored: [zero; 2], squares: zero }
    }

    /// Adds them to the totals: of each channel, and after those of squares.
    #[inline(always)]
    pub(super) unsafe fn add_to(&self, channels: Channels, totals: &mut [f64]) {
        let (of_channels, of_squares) = totals.split_at_mut(totals.len() - SQUARES);
        let mut lanes = [0.0; WIDEST];
        for (sum, totals) in self.stored.iter().zip(of_channels[channels.first..].chunks_mut(V::LANES)) {
            // SAFETY: the caller's promise; no register is wider.
            unsafe { sum.store(lanes.as_mut_ptr()) };
            totals.iter_mut().zip(&lanes).for_each(|(total, &sum)| *total += f64::from(sum));
        }
        // SAFETY: as above.
        unsafe { self.squares.store(lanes.as_mut_ptr()) };
        of_squares[..V::LANES].iter_mut().zip(&lanes).for_each(|(total, &sum)| *total += f64::from(sum));
    }
}

/// Transforms the rows of a block vertically and stores the results. Returns a
/// bit for each tile with a sum that is not finite. If there `IS_SUM`, the sums over
/// the others are added to `totals`.
///
/// # Safety
/// As [`horizontal`]; `out` must be valid for all results, and nobody else may
/// use those of the block.
#[inline(always)]
pub(super) unsafe fn vertical<V: Vector<Elem = f32>, X: Transform, const TILES: usize, const IS_SUM: bool>(
    results: &Results<'_>,
    channels: Channels,
    tiles: &Tiles,
    block: &Block,
    from: *const f32,
    totals: &mut [f64],
) -> u64 {
    const { assert!(TILES <= u64::BITS as usize, "a bit for each tile") };
    let mut not_finite = 0;
    for tile in 0..block.tiles() {
        // SAFETY: the caller's promise.
        unsafe {
            let cells = Cells::new::<X>(results.shape, tiles, block, tile);
            let from = from.add(tile * 2 * V::LANES);
            match tile_of::<V, X, TILES, IS_SUM>(results, channels, cells, from) {
                Some(of_tile) if IS_SUM => of_tile.add_to(channels, totals),
                Some(_) => {}
                None => not_finite |= 1 << tile,
            }
        }
    }
    not_finite
}

/// One tile, and its sums, if all results are finite, before what they are held against.
///
/// # Safety
/// As [`vertical`].
#[inline(always)]
unsafe fn tile_of<V: Vector<Elem = f32>, X: Transform, const TILES: usize, const IS_SUM: bool>(
    results: &Results<'_>,
    channels: Channels,
    cells: Cells,
    from: *const f32,
) -> Option<Sums<V>> {
    let s = results.shape;
    let first = ((cells.image * s.out_h + cells.y) * s.out_w + cells.x) * s.out_c + channels.first;
    let row = s.out_w * s.out_c;
    // SAFETY: the caller's promise.
    unsafe {
        let zero = V::splat(0.0);
        // Zero as long as all sums are finite, NaN ever after.
        let mut finite = zero;
        let mut sums = Sums::zero();
        let mut h = [zero; MOST];
        for vector in 0..channels.count.div_ceil(V::LANES) {
            let (offset, left) = (vector * V::LANES, channels.count - vector * V::LANES);
            let bias = V::load(results.bias.as_ptr().add(channels.first + offset));
            for column in 0..cells.width {
                let from = from.add(column * row_column::<V>(TILES) + offset);
                for (i, h) in h.iter_mut().enumerate().take(X::TILE) {
                    *h = V::load(from.add(i * row_step::<V, X>(TILES)));
                }
                let y = X::output(h);
                let at = first + column * s.out_c + offset;
                let plain = left >= V::LANES && results.after.is_at_most_relu();
                for (i, &y) in y.iter().enumerate().take(X::OUT) {
                    if i < cells.height {
                        let sum = y.add(bias);
                        finite = sum.mul_add(zero, finite);
                        if IS_SUM {
                            summed(results, sum, at + i * row, left, vector, &mut sums);
                        } else {
                            finish(results, plain, sum, at + i * row, left);
                        }
                    }
                }
            }
        }
        (!finite.any_nan()).then_some(sums)
    }
}

/// Stores what becomes of a sum, bias included, at element `at`, and adds it to
/// those of the register `vector`.
///
/// # Safety
/// As [`vertical`].
#[inline(always)]
pub(super) unsafe fn summed<V: Vector<Elem = f32>>(
    results: &Results<'_>,
    sum: V,
    at: usize,
    left: usize,
    vector: usize,
    sums: &mut Sums<V>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut value = results.after.value(sum, at, left);
        if let Some(Against { target, factor }) = results.against {
            let distance = value.sub(load(target.as_ptr().add(at), left));
            sums.squares = distance.mul_add(distance, sums.squares);
            let slope = distance.mul(V::splat(factor));
            value = if results.after.is_relu() { slope.where_positive(value) } else { slope };
        }
        sums.stored[vector] = sums.stored[vector].add(value);
        store(value, results.out.add(at), left);
    }
}

/// Stores a sum, bias included, at element `at`; `plain` where at most a relu follows and all of the register is stored.
///
/// # Safety
/// As [`vertical`].
#[inline(always)]
pub(super) unsafe fn finish<V: Vector<Elem = f32>>(results: &Results<'_>, plain: bool, sum: V, at: usize, left: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if plain {
            let value = if results.after.is_relu() { sum.relu() } else { sum };
            value.store(results.out.add(at));
        } else {
            results.after.store(sum, results.out.add(at), at, left);
        }
    }
}
