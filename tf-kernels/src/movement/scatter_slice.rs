//! A strided slice put back to where it was taken from.

use super::{Word, moving};
use crate::threads::for_each_chunk;
use crate::walk::elements;

/// The elements `first`, `first + stride`, … of one axis.
struct Taken {
    first: usize,
    stride: isize,
    count: usize,
}

impl Taken {
    /// Which of them element `at` of the axis is.
    fn index(&self, at: usize) -> Option<usize> {
        let steps = at as isize - self.first as isize;
        if steps % self.stride != 0 {
            return None;
        }
        usize::try_from(steps / self.stride).ok().filter(|&index| index < self.count)
    }
}

fn scatter_slice<W: Word + Default>(
    input: &[W],
    first: &[usize],
    strides: &[isize],
    count: &[usize],
    shape: &[usize],
    out: &mut [W],
) {
    assert_eq!(input.len(), elements(count), "elements of the operand");
    assert_eq!(out.len(), elements(shape), "elements of the result");
    if out.is_empty() {
        return;
    }
    let taken: Vec<Taken> = first
        .iter()
        .zip(strides)
        .zip(count)
        .map(|((&first, &stride), &count)| Taken { first, stride, count })
        .collect();
    let is_whole = |axis: usize| taken[axis].count == shape[axis] && taken[axis].first == 0 && taken[axis].stride == 1;
    let Some(last) = (0..shape.len()).rev().find(|&axis| !is_whole(axis)) else {
        return out.copy_from_slice(input);
    };
    // Axes after the last one that is cut only make its elements wider.
    let inner = elements(&shape[last + 1..]);
    let (row_in, row_out) = (count[last] * inner, shape[last] * inner);
    let input_row = |mut row: usize| {
        let (mut from, mut stride) = (0, row_in);
        for axis in (0..last).rev() {
            from += taken[axis].index(row % shape[axis])? * stride;
            row /= shape[axis];
            stride *= count[axis];
        }
        Some(&input[from..from + row_in])
    };
    for_each_chunk(out, row_out, moving::<W>(out.len()), |start, out| {
        out.fill(W::default());
        for (i, out) in out.chunks_exact_mut(row_out).enumerate() {
            let Some(row) = input_row(start / row_out + i) else { continue };
            for (k, from) in row.chunks_exact(inner).enumerate() {
                let at = (taken[last].first as isize + k as isize * taken[last].stride) as usize * inner;
                out[at..at + inner].copy_from_slice(from);
            }
        }
    });
}

macro_rules! by_width {
    ($($name:ident $w:ty;)*) => { $(
        /// Zeros, but for the elements `first`, `first + stride`, … of each axis,
        /// `count` of them, which are those of `input`: the gradient of a
        /// strided slice (`StridedSliceGrad`).
        ///
        /// # Panics
        /// If a length does not fit its shape, or an element lies beyond `shape`.
        pub fn $name(
            input: &[$w],
            first: &[usize],
            strides: &[isize],
            count: &[usize],
            shape: &[usize],
            out: &mut [$w],
        ) {
            scatter_slice(input, first, strides, count, shape, out);
        }
    )* };
}

by_width! {
    scatter_slice_u8 u8;
    scatter_slice_u16 u16;
    scatter_slice_u32 u32;
    scatter_slice_u64 u64;
}
