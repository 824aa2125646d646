//! Convolution with few channels per group, above all of each channel by
//! itself: a row of the result is a sum of runs of the input (see `unfold.rs`),
//! one for each tap, times weights that repeat from pixel to pixel.

use super::bands::{Band, Bands};
use super::cells::{CellLoops, Cells};
use super::epilogue::After;
use super::unfold::{MOST_CHANNELS, Unfolded};
use super::{Conv2dShape, Element, Epilogue};
use crate::isa::Isa;
use crate::scratch::{Aligned, slack, with_aligned_scratch};
use crate::threads::{SharedMut, for_each_index, pieces};

/// Bytes apart at which lines fall into two sets of the first-level cache.
const SETS: usize = 2048;

/// Whether runs are faster than tiles of output channels, whose registers a
/// group of few channels does not fill.
pub(super) fn is_narrow<T: Element>(isa: Isa, shape: &Conv2dShape) -> bool {
    let (in_cg, out_cg) = (shape.filter_in_c(), shape.out_c / shape.groups);
    let few = (1..=MOST_CHANNELS).contains(&in_cg) && out_cg <= MOST_CHANNELS;
    // Copies with several input or output channels per group take time that few
    // taps would not repay.
    let repaid = shape.k_h * shape.k_w >= 4 && 2 * out_cg <= T::cell_loops(isa).lanes;
    (in_cg, out_cg) == (1, 1) || (few && repaid)
}

/// What the work on all bands has in common.
struct Plan<'a, T: 'static> {
    shape: &'a Conv2dShape,
    loops: &'static CellLoops<T>,
    after: After<T>,
    /// Pixels of a cell, and elements of a pixel in the copy.
    pixels: usize,
    pixel: usize,
    rows: Unfolded,
    offsets: Vec<usize>,
    bands: Bands,
    weights: Aligned<T>,
    bias: Aligned<T>,
}

pub(super) fn depthwise<T: Element>(
    isa: Isa,
    shape: &Conv2dShape,
    input: &[T],
    filter: &[T],
    epilogue: Epilogue<'_, T>,
    out: &mut [T],
) {
    let work = (shape.flops() / 32) as usize;
    let plan = Plan::new(isa, shape, filter, epilogue, pieces(work));
    let shared = SharedMut::new(out);
    for_each_index(plan.bands.count(shape), work, |i| {
        // SAFETY: bands are disjoint parts of `out`, whose length is that of
        // all of them.
        unsafe { plan.convolve(&plan.bands.band(shape, i), input, shared.get()) };
    });
}

impl<'a, T: Element> Plan<'a, T> {
    fn new(isa: Isa, shape: &'a Conv2dShape, filter: &[T], epilogue: Epilogue<'_, T>, pieces: usize) -> Self {
        let loops = T::cell_loops(isa);
        let (pixels, pixel) = cell::<T>(shape.out_c, loops.lanes);
        let bands = Bands::of_copies(shape, pieces, pixels, |columns| Unfolded::new(shape, pixel, columns).row());
        let rows = Unfolded::new(shape, pixel, bands.columns());
        let offsets = rows.offsets(shape);
        // No longer than the longest row, which may be shorter than a cell.
        let width = (pixels * pixel).min((bands.columns() * pixel).next_multiple_of(loops.lanes));
        let weights = by_vector(filter, shape.out_c, pixel, width, loops.lanes);
        let zeros = vec![T::default(); shape.out_c];
        let bias = by_vector(epilogue.bias.unwrap_or(&zeros), shape.out_c, pixel, width, loops.lanes);
        Self { shape, loops, after: epilogue.after(), pixels, pixel, rows, offsets, bands, weights, bias }
    }

    /// # Safety
    /// `out` must be valid for the whole result, and nobody else may use the
    /// part that `band` names.
    unsafe fn convolve(&self, band: &Band, input: &[T], out: *mut T) {
        let s = self.shape;
        let image = s.in_h * s.in_w * s.in_c;
        let image = &input[band.n * image..(band.n + 1) * image];
        // The last register of a row may reach past it.
        let len = s.padded_h(band.y.len()) * self.rows.row();
        with_aligned_scratch(len + self.loops.lanes, |rows| {
            self.rows.copy(s, image, band.y.start * s.strides[0], band.x.start, &mut rows[..len]);
            for y in band.y.clone() {
                let rows = &rows[(y - band.y.start) * s.strides[0] * self.rows.row()..];
                let first = ((band.n * s.out_h + y) * s.out_w + band.x.start) * s.out_c;
                // SAFETY: the caller's promise.
                unsafe { self.convolve_row(rows, band.x.len(), first, out) };
            }
        });
    }

    /// A row of `columns` pixels that begins at element `first` of the result,
    /// from `rows` that begin with the first one it reads.
    ///
    /// # Safety
    /// `out` must be valid for the whole result, and nobody else may use the
    /// row.
    unsafe fn convolve_row(&self, rows: &[T], columns: usize, first: usize, out: *mut T) {
        let reach = self.offsets.iter().max().map_or(0, |&offset| offset + columns * self.pixel);
        assert!(columns <= self.bands.columns(), "a row that the copy was made for");
        assert!(rows.len() >= reach + self.loops.lanes - 1, "all registers that the row reads");
        let out_c = self.shape.out_c;
        let cells = |pixel: usize, pixels: usize| Cells {
            input: rows.as_ptr().wrapping_add(pixel * self.pixel),
            in_step: self.pixels * self.pixel,
            offsets: &self.offsets,
            weights: self.weights.as_ptr(),
            bias: self.bias.as_ptr(),
            after: self.after.at(first + pixel * out_c),
            out: out.wrapping_add(first + pixel * out_c),
            out_step: self.pixels * out_c,
            len: pixels * out_c,
        };
        let whole = columns / self.pixels;
        let blocks = whole.div_ceil(self.loops.cells());
        let mut cell = 0;
        for i in 0..blocks {
            // Blocks of nearly equal width: a narrow last one would spend its
            // time waiting for its own sums.
            let count = (whole - cell).div_ceil(blocks - i);
            // SAFETY: the cells lie within the rows, as asserted above, and in
            // the result, as the caller promised; weights and bias were made
            // for a whole cell.
            unsafe { self.loops.run(count, &cells(cell * self.pixels, self.pixels)) };
            cell += count;
        }
        let rest = columns % self.pixels;
        if rest > 0 {
            // SAFETY: as above; registers that reach past the row's end read
            // what the copy has there.
            unsafe { self.loops.run(1, &cells(whole * self.pixels, rest)) };
        }
    }
}

/// How many pixels a cell has, and how many elements a pixel in the copy: a
/// cell is a whole number of registers. Pixels are rounded up to registers
/// where that adds little; otherwise a cell has as many as fill registers.
fn cell<T>(out_c: usize, lanes: usize) -> (usize, usize) {
    let rounded = out_c.next_multiple_of(lanes);
    if (rounded - out_c) * 8 <= rounded {
        // Pixels a power of two apart would share few sets of the cache.
        let apart = if (rounded * size_of::<T>()).is_multiple_of(SETS) { slack::<T>() } else { 0 };
        return (1, rounded + apart);
    }
    // `lanes` is a power of two.
    (lanes >> out_c.trailing_zeros().min(lanes.trailing_zeros()), out_c)
}

/// Rows of `out_c` elements as the registers of a cell `width` elements wide
/// need them: for each register that of every row, one after the other.
fn by_vector<T: Element>(rows: &[T], out_c: usize, pixel: usize, width: usize, lanes: usize) -> Aligned<T> {
    let count = rows.len() / out_c;
    let mut aligned = Aligned::new(count * width);
    for (vector, to) in aligned.as_mut_slice().chunks_exact_mut(count * lanes).enumerate() {
        let first = vector * lanes % pixel;
        for (to, row) in to.chunks_exact_mut(lanes).zip(rows.chunks_exact(out_c)) {
            // Until the pixel ends, perhaps with what it was rounded up by;
            // then the next pixels, whose channels are the same.
            let mut from = first;
            let mut to = &mut to[..];
            while !to.is_empty() {
                let (now, later) = to.split_at_mut(to.len().min(pixel - from));
                let real = now.len().min(out_c.saturating_sub(from));
                now[..real].copy_from_slice(&row[out_c.min(from)..][..real]);
                (from, to) = (0, later);
            }
        }
    }
    aligned
}
