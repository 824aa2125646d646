//! The gradient of a convolution with respect to its filter: each tap is a sum
//! over all pixels of what it reads times the results' gradient there. The tile
//! of the convolution does it with its parts exchanged: neighbouring taps stand
//! where pixels stood, and pixels where taps stood, so that a tile of taps by
//! output channels stays in registers while the pixels of a band go by.
//!
//! Groups of few channels go by the runs of `unfold.rs`.

use super::depthwise::is_narrow;
use super::tile::{Taps, Tile, Tiles};
use super::unfold::Unfolded;
use super::{Conv2dShape, Element, Epilogue, Precision, direct::copy_padded};
use crate::isa::{Isa, multiversion};
use crate::scratch::with_scratch;
use crate::threads::{SharedMut, fixed_pieces, for_each_index, pieces};
use std::ops::{AddAssign, Mul, Range};

/// Elements of the images, and of the results' gradient, that a band holds at
/// most: both fit the second-level cache.
const BAND: usize = 1 << 15;

/// With fewer tiles of taps than this, the images are shared among the threads
/// instead, each with a gradient of its own.
const FEW_UNITS: usize = 32;

/// Parts into which few tiles' images are cut, by their size alone: sums must
/// not depend on the number of threads.
const MOST_PARTS: usize = 16;

/// `shape` is that of the convolution; `slope` is shaped as its result, `out` as its filter.
pub(super) fn filter_gradient<T: Element>(
    shape: &Conv2dShape,
    precision: Precision,
    input: &[T],
    slope: &[T],
    out: &mut [T],
) {
    shape.assert_valid(input, out, &Epilogue::default(), slope);
    if out.is_empty() || slope.is_empty() || input.is_empty() {
        return out.fill(T::default());
    }
    T::filter_gradient(shape, precision, input, slope, out);
}

/// Every product of the definition.
pub(super) fn direct<T: Element>(isa: Isa, shape: &Conv2dShape, input: &[T], slope: &[T], out: &mut [T]) {
    out.fill(T::default());
    let work = (shape.flops() / 32) as usize;
    let bands = RowBands::new(shape);
    if is_narrow::<T>(isa, shape) {
        return by_parts(out, bands.count, work, |bands_of_part, out| {
            by_runs(isa, shape, &bands, bands_of_part, input, slope, out);
        });
    }
    let plan = Plan::new(isa, shape);
    if plan.units.len() < FEW_UNITS {
        return by_parts(out, bands.count, work, |bands_of_part, out| {
            // SAFETY: `out` is this call's alone.
            unsafe { plan.accumulate(&plan.units, &bands, bands_of_part, input, slope, out.as_mut_ptr()) };
        });
    }
    let count = pieces(work).min(plan.units.len());
    let size = plan.units.len().div_ceil(count);
    let shared = SharedMut::new(out);
    for_each_index(count, work, |i| {
        let units = &plan.units[(i * size).min(plan.units.len())..((i + 1) * size).min(plan.units.len())];
        // SAFETY: units are disjoint parts of `out`, whose length is that of a filter.
        unsafe { plan.accumulate(units, &bands, 0..bands.count, input, slope, shared.get()) };
    });
}

/// Adds up what parts of the bands come to; each part has a result of its own.
fn by_parts<T: Element>(out: &mut [T], bands: usize, work: usize, f: impl Fn(Range<usize>, &mut [T]) + Sync) {
    let parts = fixed_pieces(work, MOST_PARTS).min(bands);
    if parts == 1 {
        return f(0..bands, out);
    }
    let len = out.len();
    let mut partial = vec![T::default(); parts * len];
    let shared = SharedMut::new(&mut partial);
    for_each_index(parts, work, |i| {
        // SAFETY: each part has `len` of the `parts * len` elements to itself.
        let out = unsafe { std::slice::from_raw_parts_mut(shared.get().add(i * len), len) };
        f(i * bands / parts..(i + 1) * bands / parts, out);
    });
    for part in partial.chunks_exact(len) {
        add(out, part);
    }
}

fn add<T: AddAssign + Copy>(out: &mut [T], other: &[T]) {
    for (out, &x) in out.iter_mut().zip(other) {
        *out += x;
    }
}

/// All images in bands of whole rows of the result.
struct RowBands {
    rows: usize,
    per_image: usize,
    count: usize,
}

impl RowBands {
    fn new(shape: &Conv2dShape) -> Self {
        let row = (shape.padded_w() * shape.in_c * shape.strides[0]).max(shape.out_w * shape.out_c);
        let rows = (BAND / row.max(1)).clamp(1, shape.out_h);
        // Equal bands, as far as the rows allow.
        let rows = shape.out_h.div_ceil(shape.out_h.div_ceil(rows));
        let per_image = shape.out_h.div_ceil(rows);
        Self { rows, per_image, count: shape.batch * per_image }
    }

    /// The image of a band, and its rows of the result.
    fn band(&self, shape: &Conv2dShape, i: usize) -> (usize, Range<usize>) {
        let y = i % self.per_image * self.rows;
        (i / self.per_image, y..(y + self.rows).min(shape.out_h))
    }
}

/// Neighbouring taps that one tile computes, for the output channels of a group.
struct Unit {
    /// The first tap's element, from the first one that a pixel reads.
    input: usize,
    taps: usize,
    /// The first tap's row of the filter.
    row: usize,
    group: usize,
}

/// Output channels of a group as wide as a tile.
struct Block {
    out_c: usize,
    channels: usize,
    vectors: usize,
}

struct Plan<'a, T: 'static> {
    shape: &'a Conv2dShape,
    tiles: &'static Tiles<T>,
    units: Vec<Unit>,
    /// The blocks of the first group; those of the others lie further on.
    blocks: Vec<Block>,
}

impl<'a, T: Element> Plan<'a, T> {
    fn new(isa: Isa, shape: &'a Conv2dShape) -> Self {
        let tiles = T::tiles(isa);
        let (in_cg, out_cg) = (shape.filter_in_c(), shape.out_c / shape.groups);
        // Taps of neighbouring columns are one run unless something lies between.
        let one_run = shape.dilations[1] == 1 && shape.groups == 1;
        let (runs, run) = if one_run { (1, shape.k_w * in_cg) } else { (shape.k_w, in_cg) };
        let mut units = Vec::new();
        for group in 0..shape.groups {
            for ky in 0..shape.k_h {
                for kx in 0..runs {
                    let input = ky * shape.dilations[0] * shape.padded_w() * shape.in_c
                        + kx * shape.dilations[1] * shape.in_c
                        + group * in_cg;
                    let row = (ky * runs + kx) * run;
                    let count = run.div_ceil(tiles.pixels());
                    let mut first = 0;
                    for i in 0..count {
                        // Tiles of nearly equal width: a narrow one waits for its own sums.
                        let taps = (run - first).div_ceil(count - i);
                        units.push(Unit { input: input + first, taps, row: row + first, group });
                        first += taps;
                    }
                }
            }
        }
        let block = |first: usize| {
            let channels = (out_cg - first).min(2 * tiles.lanes);
            Block { out_c: first, channels, vectors: channels.div_ceil(tiles.lanes) }
        };
        let blocks = (0..out_cg).step_by(2 * tiles.lanes).map(block).collect();
        Self { shape, tiles, units, blocks }
    }

    /// Adds the bands' part of the units' taps to `out`.
    ///
    /// # Safety
    /// `out` must be valid for the whole filter, and nobody else may use the
    /// taps of `units`.
    unsafe fn accumulate(
        &self,
        units: &[Unit],
        bands: &RowBands,
        range: Range<usize>,
        input: &[T],
        slope: &[T],
        out: *mut T,
    ) {
        let s = self.shape;
        let (image, row) = (s.in_h * s.in_w * s.in_c, s.out_w * s.out_c);
        let mut full = Vec::new();
        for i in range {
            let (n, y) = bands.band(s, i);
            let image = &input[n * image..][..image];
            let slope = &slope[(n * s.out_h + y.start) * row..][..y.len() * row];
            let top = y.start * s.strides[0];
            // Padding beyond the last window need not be there.
            if s.is_padded() {
                with_scratch(s.padded_h(y.len()) * s.padded_w() * s.in_c, |rows| {
                    copy_padded(s, image, top, rows);
                    // SAFETY: the caller's promise.
                    unsafe { self.accumulate_band(units, y.len(), rows, slope, &mut full, out) };
                });
            } else {
                let rows = &image[top * s.in_w * s.in_c..];
                // SAFETY: the caller's promise.
                unsafe { self.accumulate_band(units, y.len(), rows, slope, &mut full, out) };
            }
        }
    }

    /// # Safety
    /// As [`accumulate`](Self::accumulate).
    unsafe fn accumulate_band(
        &self,
        units: &[Unit],
        height: usize,
        rows: &[T],
        slope: &[T],
        full: &mut Vec<T>,
        out: *mut T,
    ) {
        let s = self.shape;
        let width = s.padded_w() * s.in_c;
        let needed = (s.padded_h(height) - 1) * width
            + ((s.out_w - 1) * s.strides[1] + (s.k_w - 1) * s.dilations[1] + 1) * s.in_c;
        assert!(rows.len() >= needed, "all rows that the windows reach");
        let taps = Taps {
            rows: height,
            row_stride: s.strides[0] * width,
            runs: s.out_w,
            run: 1,
            run_stride: s.strides[1] * s.in_c,
        };
        let lanes = self.tiles.lanes;
        let after = Epilogue::default().after();
        let zeros = vec![T::default(); 2 * lanes];
        let mut sums = vec![T::default(); self.tiles.pixels() * 2 * lanes];
        let out_cg = s.out_c / s.groups;
        for group in 0..s.groups {
            let of_group = |unit: &&Unit| unit.group == group;
            if !units.iter().any(|unit| of_group(&unit)) {
                continue;
            }
            for block in &self.blocks {
                let out_c = group * out_cg + block.out_c;
                let width = block.vectors * lanes;
                let (filter, tap) = if block.channels == width {
                    (slope[out_c..].as_ptr(), s.out_c)
                } else {
                    // Where channels end within a register they are copied to whole ones.
                    full.clear();
                    full.resize(height * s.out_w * width, T::default());
                    for (to, from) in full.chunks_exact_mut(width).zip(slope.chunks_exact(s.out_c)) {
                        to[..block.channels].copy_from_slice(&from[out_c..out_c + block.channels]);
                    }
                    (full.as_ptr(), width)
                };
                for unit in units.iter().filter(of_group) {
                    let tile = Tile {
                        taps: &taps,
                        input: rows[unit.input..].as_ptr(),
                        pixel: 1,
                        filter,
                        tap,
                        ahead: filter,
                        ahead_step: 0,
                        bias: zeros.as_ptr(),
                        after,
                        pixels: unit.taps,
                        out: sums.as_mut_ptr(),
                        out_pixel: width,
                        channels: block.channels,
                    };
                    // SAFETY: the unit's taps of every pixel lie within `rows`, as
                    // asserted above; the gradient has whole registers for each
                    // pixel, `sums` for each tap.
                    unsafe { self.tiles.run(block.vectors, &tile) };
                    for (i, sums) in sums.chunks_exact(width).take(unit.taps).enumerate() {
                        // SAFETY: the caller lets this call alone use the unit's taps.
                        let to = unsafe {
                            let first = out.add((unit.row + i) * s.out_c + out_c);
                            std::slice::from_raw_parts_mut(first, block.channels)
                        };
                        add(to, &sums[..block.channels]);
                    }
                }
            }
        }
    }
}

/// Elements that a sum of products keeps apart at least, so that the loop vectorises.
const ACROSS: usize = 64;

/// Adds the bands' part of a filter for groups of few channels.
fn by_runs<T: Element>(
    isa: Isa,
    shape: &Conv2dShape,
    bands: &RowBands,
    range: Range<usize>,
    input: &[T],
    slope: &[T],
    out: &mut [T],
) {
    let s = shape;
    let (image, row) = (s.in_h * s.in_w * s.in_c, s.out_w * s.out_c);
    let unfolded = Unfolded::new(s, s.out_c, s.out_w);
    let offsets = unfolded.offsets(s);
    let mut sums = vec![T::default(); s.out_c * ACROSS.div_ceil(s.out_c)];
    for i in range {
        let (n, y) = bands.band(s, i);
        let slope = &slope[(n * s.out_h + y.start) * row..][..y.len() * row];
        with_scratch(s.padded_h(y.len()) * unfolded.row(), |rows| {
            unfolded.copy(s, &input[n * image..][..image], y.start * s.strides[0], 0, rows);
            for (&offset, out) in offsets.iter().zip(out.chunks_exact_mut(s.out_c)) {
                sums.fill(T::default());
                for (i, slope) in slope.chunks_exact(row).enumerate() {
                    let run = &rows[i * s.strides[0] * unfolded.row() + offset..][..row];
                    add_products(isa, run, slope, &mut sums);
                }
                for sums in sums.chunks_exact(s.out_c) {
                    add(out, sums);
                }
            }
        });
    }
}

multiversion! {
    /// Adds `a * b` to the sums, which begin anew after as many elements as there are.
    fn add_products[T: Copy + AddAssign + Mul<Output = T>](a: &[T], b: &[T], sums: &mut [T]) {
        let n = sums.len();
        for (a, b) in a.chunks(n).zip(b.chunks(n)) {
            for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
                *sum += a * b;
            }
        }
    }
}
