//! The transform of the images: vertically once for each column of a block,
//! then horizontally for each tile, a row of frequencies at a time.

use super::super::Conv2dShape;
use super::super::epilogue::load;
use super::layout::{column_block, column_step, value_block, value_step};
use super::tiles::{Block, Tiles};
use super::transform::{MOST, Transform};
use crate::simd::Vector;
use std::ops::Range;

/// What the transform reads: `channels` of each cell of the images, of which a
/// tile begins `before` cells above and left of its place, and reaches over
/// `size` cells, `step` apart from the next tile's.
#[derive(Clone, Copy)]
pub(super) struct Images<'a> {
    pub(super) cells: &'a [f32],
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    pub(super) above: usize,
    pub(super) left: usize,
}

impl<'a> Images<'a> {
    /// The images that a convolution looks at.
    pub(super) fn input(shape: &Conv2dShape, cells: &'a [f32]) -> Self {
        Self {
            cells,
            height: shape.in_h,
            width: shape.in_w,
            channels: shape.in_c,
            above: shape.pad.top,
            left: shape.pad.left,
        }
    }

    /// Its results, or what belongs to them.
    pub(super) fn results(shape: &Conv2dShape, cells: &'a [f32]) -> Self {
        Self { cells, height: shape.out_h, width: shape.out_w, channels: shape.out_c, above: 0, left: 0 }
    }

    /// The real ones among `size` rows of the image from `first`, padding counted.
    fn real(first: usize, before: usize, size: usize, real: usize) -> Range<usize> {
        let start = before.saturating_sub(first).min(size);
        start..(real + before).saturating_sub(first).clamp(start, size)
    }
}

/// Cells that so many neighbouring tiles reach over.
pub(super) const fn reach<F: Forward>(tiles: usize) -> usize {
    tiles * F::Of::OUT + F::CELLS - F::Of::OUT
}

/// One dimension of a transform of cells to products: of the images
/// ([`Analysis`]) or of the results' changes ([`Spread`]).
///
/// # Safety
/// As for [`Transform`].
pub(super) unsafe trait Forward {
    type Of: Transform;
    /// Cells that a tile reads.
    const CELLS: usize;
    unsafe fn apply<V: Vector<Elem = f32>>(d: [V; MOST]) -> [V; MOST];
}

/// The transform of the images.
pub(super) struct Analysis<X>(X);

// SAFETY: only the transform.
unsafe impl<X: Transform> Forward for Analysis<X> {
    type Of = X;
    const CELLS: usize = X::TILE;

    #[inline(always)]
    unsafe fn apply<V: Vector<Elem = f32>>(d: [V; MOST]) -> [V; MOST] {
        // SAFETY: the caller's promise.
        unsafe { X::input(d) }
    }
}

/// The transform of the results' changes.
pub(super) struct Spread<X>(X);

// SAFETY: only the transform.
unsafe impl<X: Transform> Forward for Spread<X> {
    type Of = X;
    const CELLS: usize = X::OUT;

    #[inline(always)]
    unsafe fn apply<V: Vector<Elem = f32>>(d: [V; MOST]) -> [V; MOST] {
        // SAFETY: the caller's promise.
        unsafe { X::spread(d) }
    }
}

/// Transforms the block's columns vertically, by `D`; `A` is the transform of
/// rows that follows.
///
/// # Safety
/// The instructions of `V` must exist, and `to` must hold the columns of the
/// images' channels for blocks of `TILES` tiles, as `layout` says.
#[inline(always)]
pub(super) unsafe fn vertical<V: Vector<Elem = f32>, D: Forward, A: Forward, const TILES: usize>(
    images: &Images<'_>,
    tiles: &Tiles,
    block: &Block,
    to: *mut f32,
) {
    let channels = images.channels;
    let row_len = images.width * channels;
    let columns = reach::<A>(block.across.len());
    let left = block.across.start * A::Of::OUT;
    let inside = Images::real(left, images.left, columns, images.width);
    for (i, row) in block.rows.clone().enumerate() {
        let place = tiles.place(row);
        let top = place.row * D::Of::OUT;
        let real = Images::real(top, images.above, D::CELLS, images.height);
        let to = to.wrapping_add(i * columns * V::LANES);
        for column in (0..inside.start).chain(inside.end..columns) {
            // SAFETY: a column of the block.
            unsafe { no_column::<V, D, A, TILES>(channels, to.add(column * V::LANES)) };
        }
        if inside.is_empty() {
            continue;
        }
        let first = place.image * images.height * row_len
            + (top + real.start).saturating_sub(images.above) * row_len
            + (left + inside.start - images.left) * channels;
        let needed = first + real.len().saturating_sub(1) * row_len + inside.len() * channels;
        assert!(real.is_empty() || needed <= images.cells.len(), "cells of the images");
        let from = images.cells.as_ptr().wrapping_add(first);
        for (i, column) in inside.clone().enumerate() {
            // SAFETY: cells of the images, as asserted, and a column of the block.
            unsafe {
                let from = from.wrapping_add(i * channels);
                let to = to.add(column * V::LANES);
                if real.len() == D::CELLS {
                    column_of::<V, D, A, TILES, false>(channels, from, row_len, &real, to);
                } else {
                    column_of::<V, D, A, TILES, true>(channels, from, row_len, &real, to);
                }
            }
        }
    }
}

/// A column of padding.
///
/// # Safety
/// As [`vertical`].
#[inline(always)]
unsafe fn no_column<V: Vector<Elem = f32>, D: Forward, A: Forward, const TILES: usize>(channels: usize, to: *mut f32) {
    for block in 0..channels.div_ceil(V::LANES) {
        let to = to.wrapping_add(block * column_block::<V, D::Of, A::Of>(TILES));
        for j in 0..D::Of::TILE {
            let to = to.wrapping_add(j * column_step::<V, A::Of>(TILES));
            // SAFETY: the caller's promise.
            unsafe { V::splat(0.0).store(to) };
        }
    }
}

/// All channels of a column, whose cells of the rows `real` lie `row_len`
/// elements apart, from `from` on. Other rows are padding, where there is `EDGE`.
///
/// # Safety
/// As [`vertical`]; the cells must be valid.
#[inline(always)]
unsafe fn column_of<V: Vector<Elem = f32>, D: Forward, A: Forward, const TILES: usize, const EDGE: bool>(
    channels: usize,
    from: *const f32,
    row_len: usize,
    real: &Range<usize>,
    to: *mut f32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut d = [V::splat(0.0); MOST];
        for block in 0..channels.div_ceil(V::LANES) {
            let left = channels - block * V::LANES;
            let from = from.add(block * V::LANES);
            for (i, d) in d.iter_mut().enumerate().take(D::CELLS) {
                if !EDGE {
                    *d = load(from.add(i * row_len), left);
                } else if real.start <= i && i < real.end {
                    *d = load(from.add((i - real.start) * row_len), left);
                } else {
                    *d = V::splat(0.0);
                }
            }
            let v = D::apply(d);
            let to = to.add(block * column_block::<V, D::Of, A::Of>(TILES));
            for (j, v) in v.iter().enumerate().take(D::Of::TILE) {
                v.store(to.add(j * column_step::<V, A::Of>(TILES)));
            }
        }
    }
}

/// Transforms the block's tiles of one frequency row horizontally, by `A`;
/// `from` is that row of the columns that `D` transformed.
///
/// # Safety
/// As [`vertical`], with `from` the columns and `to` the values.
#[inline(always)]
pub(super) unsafe fn horizontal<V: Vector<Elem = f32>, D: Forward, A: Forward, const TILES: usize>(
    channels: usize,
    block: &Block,
    from: *const f32,
    to: *mut f32,
) {
    let columns = reach::<A>(block.across.len());
    // SAFETY: the caller's promise.
    unsafe {
        let mut d = [V::splat(0.0); MOST];
        for c in 0..channels.div_ceil(V::LANES) {
            let from = from.add(c * column_block::<V, D::Of, A::Of>(TILES));
            let to = to.add(c * value_block::<V>(TILES));
            for row in 0..block.rows.len() {
                for tile in 0..block.across.len() {
                    let from = from.add((row * columns + tile * A::Of::OUT) * V::LANES);
                    let to = to.add((row * block.across.len() + tile) * V::LANES);
                    for (i, d) in d.iter_mut().enumerate().take(A::CELLS) {
                        *d = V::load(from.add(i * V::LANES));
                    }
                    let v = A::apply(d);
                    for (j, v) in v.iter().enumerate().take(A::Of::TILE) {
                        v.store(to.add(j * value_step::<V>(TILES)));
                    }
                }
            }
        }
    }
}
