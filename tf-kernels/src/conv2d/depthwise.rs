//! Convolution of each channel by itself, one output channel for each: the
//! registers hold neighbouring channels of one pixel.

use super::{Conv2dShape, Epilogue};
use crate::float::Float;
use crate::isa::{Isa, multiversion};
use crate::threads::for_each_chunk;
use crate::window::real_taps;

/// Channels whose sums are held in registers.
const BLOCK: usize = 32;

pub(super) fn depthwise<T: Float>(
    isa: Isa,
    shape: &Conv2dShape,
    input: &[T],
    filter: &[T],
    epilogue: Epilogue<'_, T>,
    out: &mut [T],
) {
    let row = shape.out_w * shape.out_c;
    let image = shape.in_h * shape.in_w * shape.in_c;
    let work = (shape.flops() / 8) as usize;
    for_each_chunk(out, row, work, |start, out| {
        for (i, out) in out.chunks_exact_mut(row).enumerate() {
            let (n, y) = ((start / row + i) / shape.out_h, (start / row + i) % shape.out_h);
            let image = &input[n * image..(n + 1) * image];
            depthwise_row(isa, shape, image, filter, epilogue, y, out);
        }
    });
}

multiversion! {
    /// Row `y` of the result of one image.
    fn depthwise_row[T: Float](
        shape: &Conv2dShape,
        image: &[T],
        filter: &[T],
        epilogue: Epilogue<'_, T>,
        y: usize,
        out: &mut [T],
    ) {
        let s = shape;
        let c = s.in_c;
        let top = y * s.strides[0];
        let rows = real_taps(top, s.pad.top, s.k_h, s.dilations[0], s.in_h);
        for (x, cell) in out.chunks_exact_mut(c).enumerate() {
            let left = x * s.strides[1];
            let columns = real_taps(left, s.pad.left, s.k_w, s.dilations[1], s.in_w);
            for (block, cell) in cell.chunks_mut(BLOCK).enumerate() {
                let first = block * BLOCK;
                let n = cell.len();
                let mut acc = [T::default(); BLOCK];
                if let Some(bias) = epilogue.bias {
                    acc[..n].copy_from_slice(&bias[first..first + n]);
                }
                for ky in rows.clone() {
                    let row = (top + ky * s.dilations[0] - s.pad.top) * s.in_w;
                    for kx in columns.clone() {
                        let column = left + kx * s.dilations[1] - s.pad.left;
                        let x = &image[(row + column) * c + first..][..n];
                        let w = &filter[(ky * s.k_w + kx) * c + first..][..n];
                        if let (Ok(x), Ok(w)) =
                            (<&[T; BLOCK]>::try_from(x), <&[T; BLOCK]>::try_from(w))
                        {
                            for i in 0..BLOCK {
                                acc[i] = acc[i] + x[i] * w[i];
                            }
                        } else {
                            for ((acc, &x), &w) in acc.iter_mut().zip(x).zip(w) {
                                *acc = *acc + x * w;
                            }
                        }
                    }
                }
                for (out, &acc) in cell.iter_mut().zip(&acc) {
                    *out = if epilogue.relu && acc < T::default() { T::default() } else { acc };
                }
            }
        }
    }
}
