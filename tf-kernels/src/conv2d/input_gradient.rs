//! The gradient of a convolution with respect to its images, which is also the
//! transposed convolution: again a convolution, of the results' gradient with
//! the flipped filter. Input cells that lie at one place modulo the stride are
//! reached by the same taps, so each such place is a convolution of stride 1
//! with its part of the filter, and no zeros are multiplied.

use super::direct::{Places, placed};
use super::summing::Summed;
use super::{Conv2dShape, Element, Epilogue, Precision};
use crate::isa::isa;
use crate::threads::for_each_chunk;
use crate::window::Padding;

/// One axis of the convolution.
#[derive(Clone, Copy)]
struct Axis {
    input: usize,
    output: usize,
    taps: usize,
    stride: usize,
    dilation: usize,
    before: usize,
}

/// The input cells `first`, `first + stride`, … of an axis, and the taps `tap`,
/// `tap + step`, … that reach them. The flipped taps lie `dilation` apart, the
/// first of them `offset` cells after the first input cell's place.
struct Part {
    first: usize,
    cells: usize,
    tap: usize,
    step: usize,
    taps: usize,
    dilation: usize,
    offset: isize,
}

impl Axis {
    /// The parts that some tap reaches.
    fn parts(self) -> impl Iterator<Item = Part> {
        let common = gcd(self.stride, self.dilation);
        let (step, dilation) = (self.stride / common, self.dilation / common);
        (0..self.stride.min(self.input)).filter_map(move |first| {
            let place = first + self.before;
            let reaches = |&tap: &usize| (tap * self.dilation) % self.stride == place % self.stride;
            let tap = (0..step.min(self.taps)).find(reaches)?;
            let taps = (self.taps - tap - 1) / step + 1;
            // A whole number: the tap and the place are equal modulo the stride.
            let last = (place as isize - (tap * self.dilation) as isize) / self.stride as isize;
            let offset = last - ((taps - 1) * dilation) as isize;
            let cells = (self.input - first).div_ceil(self.stride);
            Some(Part { first, cells, tap, step, taps, dilation, offset })
        })
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl Part {
    /// Cells of the results' gradient that nothing reads, in front, and cells to
    /// be added in front and behind, of `size` that there are.
    fn surroundings(&self, size: usize) -> (usize, usize, usize) {
        let cropped = (self.offset.max(0) as usize).min(size);
        let before = (-self.offset).max(0) as usize;
        let reach = self.offset + (self.cells - 1 + (self.taps - 1) * self.dilation + 1) as isize;
        (cropped, before, (reach - size as isize).max(0) as usize)
    }

    /// Whether every tap of every cell falls beyond the results.
    fn is_beyond(&self, size: usize) -> bool {
        self.offset >= size as isize
    }
}

/// `shape` is that of the convolution; `slope` is shaped as its result, `out` as its input. Returns what is to be
/// `summed` if that is not done yet.
pub(super) fn input_gradient<'s, T: Element>(
    shape: &Conv2dShape,
    precision: Precision,
    filter: &[T],
    slope: &[T],
    epilogue: Epilogue<'_, T>,
    out: &mut [T],
    mut summed: Option<Summed<'s>>,
) -> Option<Summed<'s>> {
    shape.assert_valid(out, filter, &Epilogue::default(), slope);
    epilogue.assert_fits(shape.in_c, out.len());
    let s = shape;
    if out.is_empty() {
        return summed;
    }
    let rows = Axis {
        input: s.in_h,
        output: s.out_h,
        taps: s.k_h,
        stride: s.strides[0],
        dilation: s.dilations[0],
        before: s.pad.top,
    };
    let columns = Axis {
        input: s.in_w,
        output: s.out_w,
        taps: s.k_w,
        stride: s.strides[1],
        dilation: s.dilations[1],
        before: s.pad.left,
    };
    let parts = |axis: Axis| -> Vec<Part> {
        axis.parts().filter(|part| !slope.is_empty() && !part.is_beyond(axis.output)).collect()
    };
    let part = |y: &Part, x: &Part| {
        let ((crop_y, top, bottom), (crop_x, left, right)) = (y.surroundings(s.out_h), x.surroundings(s.out_w));
        Conv2dShape {
            batch: s.batch,
            in_h: s.out_h - crop_y,
            in_w: s.out_w - crop_x,
            in_c: s.out_c,
            k_h: y.taps,
            k_w: x.taps,
            out_c: s.in_c,
            groups: s.groups,
            strides: [1, 1],
            dilations: [y.dilation, x.dilation],
            pad: Padding { top, bottom, left, right },
            out_h: y.cells,
            out_w: x.cells,
        }
    };
    let (rows, columns) = (parts(rows), parts(columns));
    let pairs = || rows.iter().flat_map(|y| columns.iter().map(move |x| (y, x)));
    let whole = s.strides == [1, 1] && pairs().next().is_some();
    // Whether some tap reaches each cell. Cells that none reaches stay zero.
    let covered = rows.len() == s.strides[0].min(s.in_h) && columns.len() == s.strides[1].min(s.in_w);
    if !covered {
        out.fill(T::default());
    }
    // Whether what follows is done to each part by itself, and not to all cells in the end.
    let by_part = whole || covered && pairs().all(|(y, x)| T::is_direct(&part(y, x), precision));
    let after = if by_part { epilogue } else { Epilogue::default() };
    for (y, x) in pairs() {
        let filter = flipped(shape, filter, y, x);
        let (crop_y, crop_x) = (y.surroundings(s.out_h).0, x.surroundings(s.out_w).0);
        let cropped = (crop_y, crop_x) != (0, 0);
        let copy = if cropped { crop(shape, slope, crop_y, crop_x) } else { Vec::new() };
        let slope = if cropped { &copy[..] } else { slope };
        let part = part(y, x);
        if whole {
            T::convolve(&part, precision, slope, &filter, after, out, summed.take());
        } else if T::is_direct(&part, precision) {
            let row = s.in_w * s.in_c;
            let places = Places {
                first: y.first * row + x.first * s.in_c,
                image: s.in_h * row,
                row: s.strides[0] * row,
                cell: s.strides[1] * s.in_c,
            };
            // SAFETY: the part's cells lie within the images, each at a place of its own.
            unsafe { placed(isa(), &part, slope, &filter, after, places, out) };
        } else {
            let mut cells = vec![T::default(); s.batch * y.cells * x.cells * s.in_c];
            T::convolve(&part, precision, slope, &filter, Epilogue::default(), &mut cells, None);
            scatter(shape, y, x, &cells, out);
        }
    }
    if !by_part {
        epilogue.apply(out, s.in_c);
    }
    summed
}

/// The taps of both parts in opposite order, `[taps, taps, out_c / groups, in_c]`.
fn flipped<T: Element>(shape: &Conv2dShape, filter: &[T], y: &Part, x: &Part) -> Vec<T> {
    let (in_cg, out_cg) = (shape.filter_in_c(), shape.out_c / shape.groups);
    let tap = out_cg * shape.in_c;
    let mut out = vec![T::default(); y.taps * x.taps * tap];
    // Element by element, at a distance.
    let work = out.len();
    for_each_chunk(&mut out, tap.max(1), work, |start, out| {
        for (i, to) in out.chunks_exact_mut(tap).enumerate() {
            let i = start / tap + i;
            let ky = y.tap + (y.taps - 1 - i / x.taps) * y.step;
            let kx = x.tap + (x.taps - 1 - i % x.taps) * x.step;
            let from = &filter[(ky * shape.k_w + kx) * in_cg * shape.out_c..][..in_cg * shape.out_c];
            for group in 0..shape.groups {
                transpose(
                    (&from[group * out_cg..], shape.out_c),
                    (&mut to[group * in_cg..], shape.in_c),
                    in_cg,
                    out_cg,
                );
            }
        }
    });
    out
}

/// Makes columns of `rows` rows of `columns` elements; both lie at their own
/// distance. In squares, which a few lines of the cache hold.
fn transpose<T: Copy>((from, row): (&[T], usize), (to, column): (&mut [T], usize), rows: usize, columns: usize) {
    const SIDE: usize = 16;
    for first_row in (0..rows).step_by(SIDE) {
        for first_column in (0..columns).step_by(SIDE) {
            let rows = first_row..(first_row + SIDE).min(rows);
            for j in first_column..(first_column + SIDE).min(columns) {
                for (i, to) in rows.clone().zip(&mut to[j * column + rows.start..]) {
                    *to = from[i * row + j];
                }
            }
        }
    }
}

/// The results' gradient without its first rows and columns, which padding beyond the filter's reach leaves unread.
fn crop<T: Element>(shape: &Conv2dShape, slope: &[T], rows: usize, columns: usize) -> Vec<T> {
    let row = shape.out_w * shape.out_c;
    let mut out = Vec::with_capacity(slope.len());
    for image in slope.chunks_exact(shape.out_h * row) {
        for row in image.chunks_exact(row).skip(rows) {
            out.extend_from_slice(&row[columns * shape.out_c..]);
        }
    }
    out
}

/// Puts the cells of a part where they lie in the image.
fn scatter<T: Element>(shape: &Conv2dShape, y: &Part, x: &Part, cells: &[T], out: &mut [T]) {
    let [stride_y, stride_x] = shape.strides;
    let c = shape.in_c;
    let row = shape.in_w * c;
    for_each_chunk(out, row, cells.len(), |start, out| {
        for (i, out) in out.chunks_exact_mut(row).enumerate() {
            let (n, line) = ((start / row + i) / shape.in_h, (start / row + i) % shape.in_h);
            if line % stride_y != y.first {
                continue;
            }
            let from = &cells[(n * y.cells + line / stride_y) * x.cells * c..][..x.cells * c];
            for (to, from) in out[x.first * c..].chunks_mut(stride_x * c).zip(from.chunks_exact(c)) {
                to[..c].copy_from_slice(from);
            }
        }
    });
}
