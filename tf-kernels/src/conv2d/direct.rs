//! Convolution by its definition: a tile of neighbouring results, some pixels by
//! two registers of output channels, is held in registers while all taps of the
//! filter are added to it (see `tile.rs`). Padding is made real in a copy of a
//! few rows, so the inner loops have no edges.

use super::bands::{Band, Bands};
use super::blocks::{Blocks, with_blocks};
use super::tile::{Taps, Tile};
use super::{Conv2dShape, Element, Epilogue, depthwise};
use crate::isa::Isa;
use crate::scratch::{LINE, with_scratch};
use crate::threads::{SharedMut, for_each_index, pieces};
use crate::window::extent;

/// Where results lie: their channels follow each other.
#[derive(Clone, Copy)]
pub(super) struct Places {
    /// The first element of the first result.
    pub(super) first: usize,
    /// The distances of images, rows and cells.
    pub(super) image: usize,
    pub(super) row: usize,
    pub(super) cell: usize,
}

impl Places {
    /// One after the other.
    fn of(shape: &Conv2dShape) -> Self {
        let (row, cell) = (shape.out_w * shape.out_c, shape.out_c);
        Self { first: 0, image: shape.out_h * row, row, cell }
    }
}

/// Every product of the definition.
pub(super) fn direct<T: Element>(
    isa: Isa,
    shape: &Conv2dShape,
    input: &[T],
    filter: &[T],
    epilogue: Epilogue<'_, T>,
    out: &mut [T],
) {
    if out.is_empty() {
        return;
    }
    if depthwise::is_narrow::<T>(isa, shape) {
        return depthwise::depthwise(isa, shape, input, filter, epilogue, out);
    }
    let shape = shape.flattened();
    // SAFETY: all results lie within `out`, which has as many elements.
    unsafe { placed(isa, &shape, input, filter, epilogue, Places::of(&shape), out) };
}

/// Every product of the definition; results go to places of an array that has others too, and so has what the epilogue reads.
///
/// # Safety
/// The places must lie within `out`, and no two results overlap.
pub(super) unsafe fn placed<T: Element>(
    isa: Isa,
    shape: &Conv2dShape,
    input: &[T],
    filter: &[T],
    epilogue: Epilogue<'_, T>,
    places: Places,
    out: &mut [T],
) {
    let work = (shape.flops() / 32) as usize;
    let bands = Bands::new(shape, pieces(work));
    let shared = SharedMut::new(out);
    with_blocks(isa, shape, filter, epilogue, |blocks| {
        for_each_index(bands.count(shape), work, |i| {
            let band = bands.band(shape, i);
            // SAFETY: bands are disjoint, and all places lie within `out`.
            unsafe { convolve_band(shape, blocks, &band, input, &places, shared.get()) };
        });
    });
}

/// # Safety
/// `out` must be valid for the whole result of `shape` at its `places`, and
/// nobody else may use the part that `band` names.
unsafe fn convolve_band<T: Element>(
    shape: &Conv2dShape,
    blocks: &Blocks<'_, T>,
    band: &Band,
    input: &[T],
    places: &Places,
    out: *mut T,
) {
    let image_len = shape.in_h * shape.in_w * shape.in_c;
    let image = &input[band.n * image_len..(band.n + 1) * image_len];
    let top = band.y.start * shape.strides[0];
    if shape.is_padded() {
        let height = shape.padded_h(band.y.len());
        let row = shape.padded_w() * shape.in_c;
        with_scratch(height * row, |rows| {
            copy_padded(shape, image, top, rows);
            // SAFETY: the caller's promise.
            unsafe { convolve_rows(shape, blocks, band, rows, places, out) };
        });
    } else {
        let rows = &image[top * shape.in_w * shape.in_c..];
        // SAFETY: the caller's promise.
        unsafe { convolve_rows(shape, blocks, band, rows, places, out) };
    }
}

/// Fills `rows` with the padded image's rows from `top`.
pub(super) fn copy_padded<T: Element>(shape: &Conv2dShape, image: &[T], top: usize, rows: &mut [T]) {
    let c = shape.in_c;
    let row_in = shape.in_w * c;
    let left = shape.pad.left * c;
    for (y, row) in rows.chunks_exact_mut(shape.padded_w() * c).enumerate() {
        match (top + y).checked_sub(shape.pad.top) {
            Some(y) if y < shape.in_h => {
                let (before, rest) = row.split_at_mut(left.min(row.len()));
                let (real, after) = rest.split_at_mut(row_in.min(rest.len()));
                before.fill(T::default());
                real.copy_from_slice(&image[y * row_in..][..real.len()]);
                after.fill(T::default());
            }
            _ => row.fill(T::default()),
        }
    }
}

/// The results of `band`, from `rows` that begin with the band's first.
///
/// # Safety
/// As [`convolve_band`]; `rows` must hold all that the windows reach.
unsafe fn convolve_rows<T: Element>(
    shape: &Conv2dShape,
    blocks: &Blocks<'_, T>,
    band: &Band,
    rows: &[T],
    places: &Places,
    out: *mut T,
) {
    let width = shape.padded_w() * shape.in_c;
    let in_cg = shape.filter_in_c();
    // Taps of neighbouring columns are one run unless something lies between.
    let one_run = shape.dilations[1] == 1 && shape.groups == 1;
    let taps = Taps {
        rows: shape.k_h,
        row_stride: shape.dilations[0] * width,
        runs: if one_run { 1 } else { shape.k_w },
        run: if one_run { shape.k_w * in_cg } else { in_cg },
        run_stride: shape.dilations[1] * shape.in_c,
    };
    let pixel = shape.strides[1] * shape.in_c;
    let needed = (shape.padded_h(band.y.len()) - 1) * width
        + (band.x.end - 1) * pixel
        + extent(shape.k_w, shape.dilations[1]) * shape.in_c;
    assert!(rows.len() >= needed, "all rows that the windows reach");

    // Cells that follow each other in memory are read for the first time with
    // the first block of channels: those of the next tile come near while this
    // one is computed, which the processor does not foresee.
    let foreseen = taps.rows == 1 && taps.runs == 1 && taps.run == pixel;

    let tiles = blocks.tiles;
    let count = band.x.len().div_ceil(tiles.pixels());
    for (number, block) in blocks.iter().enumerate() {
        let ahead_step = if foreseen && number == 0 { LINE / size_of::<T>() } else { 0 };
        for y in band.y.clone() {
            let row = (y - band.y.start) * shape.strides[0] * width + block.in_c;
            let out_row = places.first + band.n * places.image + y * places.row;
            let mut x = band.x.start;
            for i in 0..count {
                // Tiles of nearly equal width: a narrow last one would waste
                // most of its time waiting for its own sums.
                let pixels = (band.x.end - x).div_ceil(count - i);
                // SAFETY: the tile lies within the rows and the result, as
                // asserted above and promised by the caller.
                unsafe {
                    let first = out_row + x * places.cell + block.out_c;
                    let input = rows.as_ptr().add(row + x * pixel);
                    tiles.run(
                        block.vectors,
                        &Tile {
                            taps: &taps,
                            input,
                            pixel,
                            ahead: input.wrapping_add(if ahead_step > 0 { pixels * pixel } else { 0 }),
                            ahead_step,
                            filter: block.filter,
                            tap: block.tap,
                            bias: block.bias,
                            after: blocks.after.at(first),
                            pixels,
                            out: out.add(first),
                            out_pixel: places.cell,
                            channels: block.channels,
                        },
                    );
                }
                x += pixels;
            }
        }
    }
}
