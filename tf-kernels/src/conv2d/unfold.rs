//! The copy of input rows that makes a convolution with few channels per group
//! a sum of runs: each tap reads one contiguous run for a row of the result,
//! with an element for each element of the row.
//!
//! A row of the copy consists of planes. The plane of residue `r` and input
//! channel `i` of a group holds, for each output channel of each pixel, the
//! element of channel `i` of the output channel's group, of the columns that
//! are `r` modulo the stride. Where stride, input channels of a group and
//! multiplier are 1 that is the padded row itself.

use std::ops::Range;

use super::Conv2dShape;

/// The most channels that a group may have, of the input and of the output.
pub(super) const MOST_CHANNELS: usize = 4;

/// The layout of the copied rows.
pub(super) struct Unfolded {
    /// Elements of a pixel: its output channels, perhaps rounded up.
    pixel: usize,
    /// The taps' columns modulo the stride, ascending.
    residues: Vec<usize>,
    /// Elements of a plane and of a row.
    plane: usize,
    row: usize,
}

impl Unfolded {
    /// Rows with all that windows at `columns` neighbouring columns reach.
    pub(super) fn new(shape: &Conv2dShape, pixel: usize, columns: usize) -> Self {
        let (stride, dilation) = (shape.strides[1], shape.dilations[1]);
        let mut residues: Vec<usize> = (0..shape.k_w).map(|kx| kx * dilation % stride).collect();
        residues.sort_unstable();
        residues.dedup();
        let plane = (columns + (shape.k_w - 1) * dilation / stride) * pixel;
        let row = residues.len() * shape.filter_in_c() * plane;
        Self { pixel, residues, plane, row }
    }

    /// Elements of a row.
    pub(super) fn row(&self) -> usize {
        self.row
    }

    /// Where each tap's run begins, in the filter's order.
    pub(super) fn offsets(&self, shape: &Conv2dShape) -> Vec<usize> {
        let in_cg = shape.filter_in_c();
        let mut offsets = Vec::with_capacity(shape.k_h * shape.k_w * in_cg);
        for ky in 0..shape.k_h {
            for kx in 0..shape.k_w {
                let column = kx * shape.dilations[1];
                let residue = self.residues.partition_point(|&r| r < column % shape.strides[1]);
                for channel in 0..in_cg {
                    let plane = (residue * in_cg + channel) * self.plane;
                    offsets.push(ky * shape.dilations[0] * self.row + plane + column / shape.strides[1] * self.pixel);
                }
            }
        }
        offsets
    }

    /// Fills `rows` with the padded image's rows from `top`, beginning with
    /// what the result's column `x` reads.
    pub(super) fn copy<T: Copy + Default>(
        &self,
        shape: &Conv2dShape,
        image: &[T],
        top: usize,
        x: usize,
        rows: &mut [T],
    ) {
        let row_in = shape.in_w * shape.in_c;
        for (y, row) in rows.chunks_exact_mut(self.row).enumerate() {
            match (top + y).checked_sub(shape.pad.top) {
                Some(y) if y < shape.in_h => {
                    let planes = row.chunks_exact_mut(shape.filter_in_c() * self.plane);
                    for (planes, &residue) in planes.zip(&self.residues) {
                        let first = x * shape.strides[1] + residue;
                        self.copy_columns(shape, &image[y * row_in..][..row_in], first, planes);
                    }
                }
                _ => row.fill(T::default()),
            }
        }
    }

    /// Fills the planes of one residue with columns from padded column `first`.
    fn copy_columns<T: Copy + Default>(&self, shape: &Conv2dShape, from: &[T], first: usize, planes: &mut [T]) {
        let stride = shape.strides[1];
        let real = self.real_columns(shape, first);
        let start = (first + real.start * stride).saturating_sub(shape.pad.left) * shape.in_c;
        let (in_cg, out_cg) = (shape.filter_in_c(), shape.out_c / shape.groups);
        for (channel, plane) in planes.chunks_exact_mut(self.plane).enumerate() {
            let (before, rest) = plane.split_at_mut(real.start * self.pixel);
            let (inside, after) = rest.split_at_mut(real.len() * self.pixel);
            before.fill(T::default());
            after.fill(T::default());
            if inside.is_empty() {
                continue;
            }
            let from = &from[start..];
            let one_run = stride == 1 && self.pixel == shape.out_c;
            if one_run {
                let groups = inside.len() / out_cg;
                spread(&from[..groups * in_cg], channel, in_cg, out_cg, inside);
                continue;
            }
            let pixels = inside.chunks_exact_mut(self.pixel).zip(from.chunks(stride * shape.in_c));
            for (to, from) in pixels {
                spread(&from[..shape.in_c], channel, in_cg, out_cg, &mut to[..shape.out_c]);
            }
        }
    }

    /// The pixels of a plane that begins at padded column `first` and are not
    /// padding.
    fn real_columns(&self, shape: &Conv2dShape, first: usize) -> Range<usize> {
        let (stride, pixels) = (shape.strides[1], self.plane / self.pixel);
        let start = shape.pad.left.saturating_sub(first).div_ceil(stride);
        let end = (shape.pad.left + shape.in_w).saturating_sub(first).div_ceil(stride).min(pixels);
        start.min(end)..end
    }
}

/// Fills the output channels `to` with input channel `channel` of their groups.
#[inline]
fn spread<T: Copy>(from: &[T], channel: usize, in_cg: usize, out_cg: usize, to: &mut [T]) {
    match in_cg {
        1 if out_cg == 1 => to.copy_from_slice(from),
        1 => spread_from::<T, 1>(from, channel, out_cg, to),
        2 => spread_from::<T, 2>(from, channel, out_cg, to),
        3 => spread_from::<T, 3>(from, channel, out_cg, to),
        4 => spread_from::<T, 4>(from, channel, out_cg, to),
        _ => unreachable!("at most {MOST_CHANNELS} input channels in a group"),
    }
}

fn spread_from<T: Copy, const I: usize>(from: &[T], channel: usize, out_cg: usize, to: &mut [T]) {
    match out_cg {
        1 => spread_groups::<T, I, 1>(from, channel, to),
        2 => spread_groups::<T, I, 2>(from, channel, to),
        3 => spread_groups::<T, I, 3>(from, channel, to),
        4 => spread_groups::<T, I, 4>(from, channel, to),
        _ => unreachable!("at most {MOST_CHANNELS} output channels in a group"),
    }
}

/// [`spread`] for groups whose sizes the compiler knows: several times as fast.
fn spread_groups<T: Copy, const I: usize, const O: usize>(from: &[T], channel: usize, to: &mut [T]) {
    for (to, group) in to.as_chunks_mut::<O>().0.iter_mut().zip(from.as_chunks::<I>().0) {
        *to = [group[channel]; O];
    }
}
