//! Gradients of pooling. Rows of the images are shared among threads; a window
//! that reaches into the rows of two threads is looked at by both, so that each
//! adds in the same order, whoever does it.

use crate::isa::{Isa, isa, multiversion};
use crate::pool::Pool2dShape;
use crate::threads::for_each_chunk;
use crate::window::{assert_fits, real_taps};
use std::ops::Range;

macro_rules! gradients {
    ($($max:ident $chosen:ident $average:ident $t:ident;)*) => { $(
        #[doc = concat!("The slopes of images of `", stringify!($t), "` behind whose largest elements of windows the slopes are `slope` (`tf.nn.max_pool2d`): that of a window goes to the first of its largest.")]
        ///
        /// # Panics
        /// If a length does not fit `shape` or the windows do not fit the image.
        pub fn $max(shape: &Pool2dShape, input: &[$t], slope: &[$t], out: &mut [$t]) {
            assert_eq!(input.len(), out.len(), "elements of the operand");
            let isa = isa();
            by_rows(shape, slope, out, |window, slope, out| {
                let image = shape.in_h * shape.in_w * shape.channels;
                max_row(isa, shape, &input[window.n * image..][..image], slope, window, out);
            });
        }

        #[doc = concat!("Of `values`, as many `", stringify!($t), "` as the images have, those that stand where the largest elements of windows of the images do: the slope behind a slope of [`", stringify!($max), "`] (`MaxPoolGradGrad`).")]
        ///
        /// # Panics
        /// If a length does not fit `shape` or the windows do not fit the image.
        pub fn $chosen(shape: &Pool2dShape, input: &[$t], values: &[$t], out: &mut [$t]) {
            chosen(isa(), shape, input, values, out);
        }

        #[doc = concat!("The slopes of images of `", stringify!($t), "` behind whose means of windows the slopes are `slope` (`tf.nn.avg_pool2d`).")]
        ///
        /// # Panics
        /// If a length does not fit `shape` or the windows do not fit the image.
        pub fn $average(shape: &Pool2dShape, slope: &[$t], out: &mut [$t]) {
            let isa = isa();
            by_rows(shape, slope, out, |window, slope, out| average_row(isa, shape, slope, window, out));
        }
    )* };
}

gradients! {
    max_pool_gradient_f32 max_pool_chosen_f32 avg_pool_gradient_f32 f32;
    max_pool_gradient_f64 max_pool_chosen_f64 avg_pool_gradient_f64 f64;
}

/// Row `y` of the windows of image `n`, as far as it reaches the rows `own` of the image.
struct WindowRow {
    n: usize,
    y: usize,
    own: Range<usize>,
}

/// Calls `f(windows, their slopes, own rows of the image)` for every row of windows that reaches the rows of a chunk.
fn by_rows<T: Copy + Default + Send + Sync>(
    shape: &Pool2dShape,
    slope: &[T],
    out: &mut [T],
    f: impl Fn(&WindowRow, &[T], &mut [T]) + Sync,
) {
    let s = shape;
    let (row, slope_row) = (s.in_w * s.channels, s.out_w * s.channels);
    assert_eq!(out.len(), s.batch * s.in_h * row, "elements of the result");
    assert_eq!(slope.len(), s.batch * s.out_h * slope_row, "elements of the slope");
    assert_fits(s.out_h, s.window[0], s.strides[0], s.in_h, s.pad.top + s.pad.bottom);
    assert_fits(s.out_w, s.window[1], s.strides[1], s.in_w, s.pad.left + s.pad.right);
    if out.is_empty() {
        return;
    }
    let work = slope.len() * s.window[0] * s.window[1] * 2 + out.len();
    for_each_chunk(out, row, work, |start, out| {
        out.fill(T::default());
        let (first, end) = (start / row, (start + out.len()) / row);
        for n in first / s.in_h..end.div_ceil(s.in_h) {
            let own = first.saturating_sub(n * s.in_h)..(end - n * s.in_h).min(s.in_h);
            let at = (n * s.in_h + own.start - first) * row;
            let out = &mut out[at..at + own.len() * row];
            let lowest = (own.start + s.pad.top + 1).saturating_sub(s.window[0]).div_ceil(s.strides[0]);
            let highest = (own.end - 1 + s.pad.top) / s.strides[0];
            for y in lowest..(highest + 1).min(s.out_h) {
                let slope = &slope[(n * s.out_h + y) * slope_row..][..slope_row];
                f(&WindowRow { n, y, own: own.clone() }, slope, out);
            }
        }
    });
}

/// A float that may be no number.
trait Number: Copy + Default + PartialOrd {
    fn is_nan(self) -> bool;
}

macro_rules! numbers {
    ($($t:ident)*) => { $(
        impl Number for $t {
            #[inline(always)]
            fn is_nan(self) -> bool {
                $t::is_nan(self)
            }
        }

        impl Mean for $t {
            #[inline(always)]
            fn part(self, cells: usize) -> Self {
                self / cells as $t
            }
        }
    )* };
}
numbers!(f32 f64);

/// Adds the slopes of one row of windows to where their largest elements are.
fn max_row<T: Number + std::ops::AddAssign>(
    isa: Isa,
    shape: &Pool2dShape,
    image: &[T],
    slope: &[T],
    window: &WindowRow,
    out: &mut [T],
) {
    let own = window.own.start * shape.in_w * shape.channels;
    for_each_window(isa, shape, image, window.y, |x, places| {
        let slope = &slope[x * shape.channels..][..shape.channels];
        for (channel, (&place, &slope)) in places.iter().zip(slope).enumerate() {
            // What lies in another thread's rows is added there.
            if let Some(place) = (place + channel).checked_sub(own)
                && let Some(out) = out.get_mut(place)
            {
                *out += slope;
            }
        }
    });
}

fn chosen<T: Number + Send + Sync>(isa: Isa, shape: &Pool2dShape, input: &[T], values: &[T], out: &mut [T]) {
    let s = shape;
    let (image, row) = (s.in_h * s.in_w * s.channels, s.out_w * s.channels);
    assert_eq!(input.len(), s.batch * image, "elements of the operand");
    assert_eq!(values.len(), input.len(), "elements of operand and values");
    assert_eq!(out.len(), s.batch * s.out_h * row, "elements of the result");
    assert_fits(s.out_h, s.window[0], s.strides[0], s.in_h, s.pad.top + s.pad.bottom);
    assert_fits(s.out_w, s.window[1], s.strides[1], s.in_w, s.pad.left + s.pad.right);
    if out.is_empty() {
        return;
    }
    let work = out.len() * s.window[0] * s.window[1] * 2;
    for_each_chunk(out, row, work, |start, out| {
        for (number, out) in out.chunks_exact_mut(row).enumerate() {
            out.fill(T::default());
            let (n, y) = ((start / row + number) / s.out_h, (start / row + number) % s.out_h);
            let values = &values[n * image..][..image];
            for_each_window(isa, s, &input[n * image..][..image], y, |x, places| {
                let out = &mut out[x * s.channels..][..s.channels];
                for (channel, (&place, out)) in places.iter().zip(out).enumerate() {
                    *out = values[place + channel];
                }
            });
        }
    });
}

/// Calls `f(its number in the row, where the first channel of the cell with the largest element is, by channel)` for each window of row `y`
/// that has cells of the image.
fn for_each_window<T: Number>(
    isa: Isa,
    shape: &Pool2dShape,
    image: &[T],
    y: usize,
    mut f: impl FnMut(usize, &[usize]),
) {
    let s = shape;
    let top = y * s.strides[0];
    let rows = real_taps(top, s.pad.top, s.window[0], 1, s.in_h);
    let mut largest = vec![T::default(); s.channels];
    let mut places = vec![0usize; s.channels];
    for x in 0..s.out_w {
        let left = x * s.strides[1];
        let columns = real_taps(left, s.pad.left, s.window[1], 1, s.in_w);
        let mut first = true;
        for row in rows.clone() {
            let row = (top + row - s.pad.top) * s.in_w;
            for column in columns.clone() {
                let at = (row + left + column - s.pad.left) * s.channels;
                let cell = &image[at..at + s.channels];
                if first {
                    largest.copy_from_slice(cell);
                    places.fill(at);
                    first = false;
                } else {
                    keep_larger(isa, cell, at, &mut largest, &mut places);
                }
            }
        }
        if !first {
            f(x, &places);
        }
    }
}

multiversion! {
    fn keep_larger[T: Number](cell: &[T], at: usize, largest: &mut [T], places: &mut [usize]) {
        for ((&x, largest), place) in cell.iter().zip(largest).zip(places) {
            let larger = !largest.is_nan() && (x > *largest || x.is_nan());
            *largest = if larger { x } else { *largest };
            *place = if larger { at } else { *place };
        }
    }
}

/// A number of which a mean is made.
trait Mean: Copy {
    fn part(self, cells: usize) -> Self;
}

multiversion! {
    /// Adds the slopes of one row of windows to all their real cells, in equal parts.
    fn average_row[T: Mean + std::ops::AddAssign](
        shape: &Pool2dShape,
        slope: &[T],
        window: &WindowRow,
        out: &mut [T],
    ) {
        let s = shape;
        let top = window.y * s.strides[0];
        let rows = real_taps(top, s.pad.top, s.window[0], 1, s.in_h);
        for (x, slope) in slope.chunks_exact(s.channels).enumerate() {
            let left = x * s.strides[1];
            let columns = real_taps(left, s.pad.left, s.window[1], 1, s.in_w);
            let cells = rows.len() * columns.len();
            for row in rows.clone() {
                let row = top + row - s.pad.top;
                if !window.own.contains(&row) {
                    continue;
                }
                let row = (row - window.own.start) * s.in_w;
                for column in columns.clone() {
                    let at = (row + left + column - s.pad.left) * s.channels;
                    for (out, &slope) in out[at..at + s.channels].iter_mut().zip(slope) {
                        *out += slope.part(cells);
                    }
                }
            }
        }
    }
}
