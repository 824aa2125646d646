//! Pooling over windows of NHWC images.

pub use crate::window::Padding;

use crate::isa::{isa, multiversion};
use crate::threads::for_each_chunk;
use crate::window::{assert_fits, real_taps};

/// The sizes of a pooling. Padding is resolved: `"SAME"` has become numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pool2dShape {
    /// Images.
    pub batch: usize,
    /// Rows of an input image.
    pub in_h: usize,
    /// Columns of an input image.
    pub in_w: usize,
    /// Channels of a cell.
    pub channels: usize,
    /// Rows and columns of a window.
    pub window: [usize; 2],
    /// Rows and columns from a window to the next.
    pub strides: [usize; 2],
    /// Cells added around an image; they take no part in a result.
    pub pad: Padding,
    /// Rows of a result image.
    pub out_h: usize,
    /// Columns of a result image.
    pub out_w: usize,
}

/// How the cells of a window become one.
trait Pooling<T>: Copy + Send + Sync {
    const IDENTITY: T;

    fn step(acc: T, x: T) -> T;
    fn finish(acc: T, cells: usize) -> T;
}

#[derive(Clone, Copy)]
struct Max;
#[derive(Clone, Copy)]
struct Average;

macro_rules! pooling {
    ($($name:ident $t:ident: $identity:expr, |$acc:ident, $x:ident| $step:expr,
        |$sum:ident, $cells:ident| $finish:expr;)*) => {$(
        impl Pooling<$t> for $name {
            const IDENTITY: $t = $identity;

            #[inline(always)]
            fn step($acc: $t, $x: $t) -> $t {
                $step
            }

            #[inline(always)]
            fn finish($sum: $t, $cells: usize) -> $t {
                $finish
            }
        }
    )*};
}

pooling! {
    Max f32: f32::NEG_INFINITY, |a, b| if a.is_nan() || a > b { a } else { b }, |max, _cells| max;
    Max f64: f64::NEG_INFINITY, |a, b| if a.is_nan() || a > b { a } else { b }, |max, _cells| max;
    Max i32: i32::MIN, |a, b| a.max(b), |max, _cells| max;
    Max i64: i64::MIN, |a, b| a.max(b), |max, _cells| max;
    Average f32: 0.0, |a, b| a + b, |sum, cells| sum / cells as f32;
    Average f64: 0.0, |a, b| a + b, |sum, cells| sum / cells as f64;
}

macro_rules! max_pool {
    ($($name:ident $t:ty;)*) => {$(
        #[doc = concat!("The largest `", stringify!($t), "` of each window and channel, NaN if there is one (`tf.nn.max_pool2d`).")]
        ///
        /// # Panics
        /// If a length does not fit `shape` or the windows do not fit the image.
        pub fn $name(shape: &Pool2dShape, input: &[$t], out: &mut [$t]) {
            pool(Max, shape, input, out);
        }
    )*};
}

macro_rules! avg_pool {
    ($($name:ident $t:ty;)*) => {$(
        #[doc = concat!("The mean `", stringify!($t), "` of the real cells of each window, by channel (`tf.nn.avg_pool2d`).")]
        ///
        /// # Panics
        /// If a length does not fit `shape` or the windows do not fit the image.
        pub fn $name(shape: &Pool2dShape, input: &[$t], out: &mut [$t]) {
            pool(Average, shape, input, out);
        }
    )*};
}

max_pool! {
    max_pool_f32 f32;
    max_pool_f64 f64;
    max_pool_i32 i32;
    max_pool_i64 i64;
}

avg_pool! {
    avg_pool_f32 f32;
    avg_pool_f64 f64;
}

fn pool<T, P>(pooling: P, shape: &Pool2dShape, input: &[T], out: &mut [T])
where
    T: Copy + Send + Sync,
    P: Pooling<T>,
{
    let s = shape;
    let image = s.in_h * s.in_w * s.channels;
    assert_eq!(input.len(), s.batch * image, "elements of the operand");
    assert_eq!(out.len(), s.batch * s.out_h * s.out_w * s.channels, "elements of the result");
    assert_fits(s.out_h, s.window[0], s.strides[0], s.in_h, s.pad.top + s.pad.bottom);
    assert_fits(s.out_w, s.window[1], s.strides[1], s.in_w, s.pad.left + s.pad.right);
    if out.is_empty() {
        return;
    }
    let isa = isa();
    let row = s.out_w * s.channels;
    let work = out.len() * s.window[0] * s.window[1];
    for_each_chunk(out, row, work, |start, out| {
        for (i, out) in out.chunks_exact_mut(row).enumerate() {
            let (n, y) = ((start / row + i) / s.out_h, (start / row + i) % s.out_h);
            pool_row(isa, pooling, s, &input[n * image..(n + 1) * image], y, out);
        }
    });
}

multiversion! {
    /// Row `y` of the result of one image.
    fn pool_row[T: Copy, P: Pooling<T>](
        _pooling: P,
        shape: &Pool2dShape,
        image: &[T],
        y: usize,
        out: &mut [T],
    ) {
        let s = shape;
        let top = y * s.strides[0];
        let rows = real_taps(top, s.pad.top, s.window[0], 1, s.in_h);
        for (x, cell) in out.chunks_exact_mut(s.channels).enumerate() {
            let left = x * s.strides[1];
            let columns = real_taps(left, s.pad.left, s.window[1], 1, s.in_w);
            cell.fill(P::IDENTITY);
            for row in rows.clone() {
                let row = (top + row - s.pad.top) * s.in_w;
                for column in columns.clone() {
                    let from = (row + left + column - s.pad.left) * s.channels;
                    for (acc, &x) in cell.iter_mut().zip(&image[from..from + s.channels]) {
                        *acc = P::step(*acc, x);
                    }
                }
            }
            let cells = rows.len() * columns.len();
            for acc in cell {
                *acc = P::finish(*acc, cells);
            }
        }
    }
}
