//! The filter's gradient by transforms of rows only, for few input channels: the
//! transpose of `line.rs`. Products of the images' transform with that of the
//! results' changes are summed over the tiles of some rows by the tiles of
//! `tile.rs`, whose pixels are the filter's rows here.

use super::super::epilogue::load;
use super::super::tile::{Taps, Tile, TileElement};
use super::super::{Conv2dShape, Epilogue};
use super::layout::LINE;
use super::line::Factors;
use super::lines::{Lines, of_path};
use super::transform::{MOST, Transform};
use super::{MOST_PARTS, are_finite};
use crate::isa::Isa;
use crate::scratch::with_aligned_scratch;
use crate::simd::Vector;
use crate::threads::{SharedMut, fixed_pieces, for_each_index};
use std::ops::Range;

/// Elements of a band's transformed changes: they fit the second-level cache.
const BAND: usize = 1 << 16;

/// Rows of a band at least.
const LEAST: usize = 4;

/// What the work on all parts has in common.
struct Job<'a, X> {
    shape: &'a Conv2dShape,
    lines: Lines<'a, X>,
    /// The results' changes.
    slope: &'a [f32],
    factors: Factors<X>,
    isa: Isa,
    /// Rows of results in a band at most, and bands of an image.
    rows: usize,
    bands: usize,
}

impl<X: Transform> Job<'_, X> {
    /// From the transformed changes of a product to those of the next: a line more than they take, so that they do not share a set of the
    /// cache.
    fn changes(&self) -> usize {
        self.rows * self.lines.across * self.factors.width() + LINE
    }

    /// Elements of scratch memory: cells and transformed rows as for results, transformed changes, and the sums of one tile.
    fn scratch(&self) -> [usize; 4] {
        let width = self.factors.width();
        [self.lines.planes(), self.lines.values(self.rows), X::TILE * self.changes(), self.lines.taps * width]
    }
}

/// The gradient of the filter. Says whether it is finite; if not, it is not what the definition makes of it.
pub(in super::super) fn filter_gradient<X: Transform>(
    isa: Isa,
    shape: &Conv2dShape,
    input: &[f32],
    slope: &[f32],
    out: &mut [f32],
) -> bool {
    let (factors, lines) = (Factors::<X>::new(isa, shape), Lines::<X>::new(shape, input));
    assert_eq!(out.len(), factors.of_filter(), "elements of the filter");
    let in_cache = BAND / (X::TILE * lines.across * factors.width());
    // Rows of images are transformed anew for each band: more than one of results is worth it also where they are long.
    let bands = shape.out_h.div_ceil(in_cache.max(LEAST).min(shape.out_h));
    let rows = shape.out_h.div_ceil(bands);
    let vectors = shape.out_c.div_ceil(factors.lanes);
    let work = shape.batch * shape.out_h * lines.across * X::TILE * lines.taps * lines.cell * vectors;
    let job = Job { shape, lines, slope, factors, isa, rows, bands };
    let factors = &job.factors;
    let all = shape.batch * bands;
    let parts = fixed_pieces(work, MOST_PARTS).min(all);
    let len = factors.len();
    with_aligned_scratch(parts * len, |sums: &mut [f32]| {
        let shared = SharedMut::new(sums);
        for_each_index(parts, work, |i| {
            with_aligned_scratch(job.scratch().iter().sum(), |scratch| {
                // SAFETY: each part has `len` of the `parts * len` elements to itself; the path was detected.
                unsafe {
                    let sums = std::slice::from_raw_parts_mut(shared.get().add(i * len), len);
                    (kernels(isa).accumulate)(&job, i * all / parts..(i + 1) * all / parts, sums, scratch);
                }
            });
        });
        // SAFETY: the path was detected; there are as many sums as parts have.
        unsafe { (kernels(isa).gather)(factors, sums, out) };
    });
    are_finite(out)
}

/// Sums the factors' gradient over some bands.
///
/// # Safety
/// The instructions of `V` must exist.
#[inline(always)]
unsafe fn accumulate<V: Vector<Elem = f32>, X: Transform>(
    job: &Job<'_, X>,
    bands: Range<usize>,
    sums: &mut [f32],
    scratch: &mut [f32],
) {
    let (s, lines, factors) = (job.shape, &job.lines, &job.factors);
    let [planes, values, changes, sum] = job.scratch();
    assert!(scratch.len() >= planes + values + changes + sum, "scratch memory of a part");
    assert!(factors.lanes == V::LANES && sums.len() == factors.len(), "sums of this path");
    let (planes, rest) = scratch.split_at_mut(planes);
    let (values, rest) = rest.split_at_mut(values);
    let (changes, sum) = rest.split_at_mut(changes);
    let (tiles, width) = (f32::tiles(job.isa), factors.width());
    let zeros = [0.0; 2 * LINE];
    assert!(width <= zeros.len(), "zeros for two registers");
    sums.fill(0.0);
    let groups = (0..lines.taps).step_by(tiles.pixels());
    for band in bands {
        let (image, band) = (band / job.bands, band % job.bands);
        let rows = band * s.out_h / job.bands..(band + 1) * s.out_h / job.bands;
        // SAFETY: the caller's promise.
        unsafe { lines.analyse::<V>(image, &rows, planes, values) };
        let step = lines.product(rows.len());
        let of_product = rows.len() * lines.across * width;
        let changes_step = job.changes();
        let row_stride = lines.stride * lines.row;
        let taps = Taps { rows: rows.len(), row_stride, runs: lines.across, run: 1, run_stride: lines.cell };
        for block in 0..factors.blocks() {
            // SAFETY: the caller's promise.
            unsafe { spread::<V, X>(job, image, &rows, block, changes) };
            let vectors = (s.out_c - block * width).div_ceil(V::LANES).min(2);
            for j in 0..X::TILE {
                let sums = &mut sums[(block * X::TILE + j) * factors.product()..][..factors.product()];
                let changes = &changes[j * changes_step..][..of_product];
                // Of an element of a cell, some rows of the filter.
                for (element, first) in (0..lines.cell).flat_map(|e| groups.clone().map(move |first| (e, first))) {
                    let height = (lines.taps - first).min(tiles.pixels());
                    let values = &values[j * step + first * lines.row + element..];
                    let reached = (rows.len() - 1) * lines.stride + height - 1;
                    let needed = reached * lines.row + (lines.across - 1) * lines.cell + 1;
                    assert!(values.len() >= needed, "values of every row");
                    let tile = Tile {
                        taps: &taps,
                        input: values.as_ptr(),
                        pixel: lines.row,
                        filter: changes.as_ptr(),
                        tap: width,
                        ahead: changes.as_ptr(),
                        ahead_step: 0,
                        bias: zeros.as_ptr(),
                        after: Epilogue::default().after(),
                        pixels: height,
                        out: sum.as_mut_ptr(),
                        out_pixel: width,
                        channels: vectors * V::LANES,
                    };
                    // SAFETY: values and changes are as many as asserted, and there is room for the sums of every row of taps.
                    unsafe { tiles.run(vectors, &tile) };
                    for (row, sum) in sum[..height * width].chunks_exact(width).enumerate() {
                        let to = &mut sums[((first + row) * lines.cell + element) * width..][..vectors * V::LANES];
                        to.iter_mut().zip(sum).for_each(|(to, sum)| *to += sum);
                    }
                }
            }
        }
    }
}

/// Transforms the changes of some rows of results, of one block of channels: for each product, row and tile two registers.
///
/// # Safety
/// The instructions of `V` must exist.
#[inline(always)]
unsafe fn spread<V: Vector<Elem = f32>, X: Transform>(
    job: &Job<'_, X>,
    image: usize,
    rows: &Range<usize>,
    block: usize,
    to: &mut [f32],
) {
    let (s, across, width) = (job.shape, job.lines.across, job.factors.width());
    let step = job.changes();
    assert!(rows.len() <= job.rows && to.len() >= X::TILE * step, "changes of every product");
    let channels = block * width..s.out_c.min((block + 1) * width);
    for (i, y) in rows.clone().enumerate() {
        let row = &job.slope[(image * s.out_h + y) * s.out_w * s.out_c..][..s.out_w * s.out_c];
        for tile in 0..across {
            for (vector, first) in channels.clone().step_by(V::LANES).enumerate() {
                // SAFETY: changes of cells within the row, and places of the tile, as asserted.
                unsafe {
                    let mut d = [V::splat(0.0); MOST];
                    for (x, d) in (tile * X::OUT..s.out_w).zip(d.iter_mut().take(X::OUT)) {
                        let from = row.as_ptr().add(x * s.out_c + first);
                        *d = load(from, channels.end - first);
                        // The same cell of the next row comes near.
                        V::prefetch(from.wrapping_add(s.out_w * s.out_c));
                    }
                    let z = X::spread(d);
                    let at = (i * across + tile) * width + vector * V::LANES;
                    for (j, z) in z.iter().enumerate().take(X::TILE) {
                        z.store(to.as_mut_ptr().add(j * step + at));
                    }
                }
            }
        }
    }
}

/// The taps' gradient from the sums of the factors' of all parts, one after the other.
///
/// # Safety
/// The instructions of `V` must exist.
#[inline(always)]
unsafe fn gather<V: Vector<Elem = f32>, X: Transform>(factors: &Factors<X>, sums: &[f32], filter: &mut [f32]) {
    let (out_c, width) = (factors.out_c, factors.width());
    assert!(sums.len().is_multiple_of(factors.len()), "sums of whole parts");
    assert_eq!(filter.len(), factors.of_filter(), "elements of the filter");
    for first in (0..out_c).step_by(V::LANES) {
        let left = out_c - first;
        let start = first / width * X::TILE * factors.product() + first % width;
        for (at, taps) in factors.taps() {
            // SAFETY: sums of every part and taps of the filter, as asserted.
            unsafe {
                let mut u = [V::splat(0.0); MOST];
                for (j, u) in u.iter_mut().enumerate().take(X::TILE) {
                    for part in sums.chunks_exact(factors.len()) {
                        *u = u.add(V::load(part.as_ptr().add(start + j * factors.product() + at)));
                    }
                }
                for (w, tap) in X::gather(u).iter().zip(taps) {
                    if let Some(tap) = tap {
                        let to = filter.as_mut_ptr().add(tap + first);
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
}

/// Adds up the sums of some bands, in scratch memory.
type Accumulate<X> = unsafe fn(&Job<'_, X>, Range<usize>, &mut [f32], &mut [f32]);

/// The functions of an instruction set.
struct Kernels<X> {
    accumulate: Accumulate<X>,
    gather: unsafe fn(&Factors<X>, &[f32], &mut [f32]),
}

/// Defines the kernels of a vector type, compiled with the given features.
macro_rules! kernels {
    ($vector:ty; $($enable:meta)?) => {{
        /// # Safety
        /// As [`accumulate`].
        $(#[$enable])?
        unsafe fn run_accumulate<X: Transform>(
            job: &Job<'_, X>,
            bands: Range<usize>,
            sums: &mut [f32],
            scratch: &mut [f32],
        ) {
            // SAFETY: the caller's promise.
            unsafe { accumulate::<$vector, X>(job, bands, sums, scratch) }
        }
        /// # Safety
        /// As [`gather`].
        $(#[$enable])?
        unsafe fn run_gather<X: Transform>(factors: &Factors<X>, sums: &[f32], filter: &mut [f32]) {
            // SAFETY: the caller's promise.
            unsafe { gather::<$vector, X>(factors, sums, filter) }
        }
        Kernels { accumulate: run_accumulate, gather: run_gather }
    }};
}

/// The kernels of a path that this machine has.
fn kernels<X: Transform>(isa: Isa) -> Kernels<X> {
    of_path!(isa, kernels)
}
