//! Parts of an array: slices, strided slices and reversal.

use super::Word;
use super::strided::strided_copy;
use crate::walk::{Walk, elements, strides};

fn slice<W: Word>(input: &[W], shape: &[usize], begin: &[usize], size: &[usize], out: &mut [W]) {
    assert!(
        begin.iter().zip(size).zip(shape).all(|((&b, &s), &d)| b + s <= d),
        "slice {begin:?} + {size:?} of {shape:?}"
    );
    strided_slice(input, shape, begin, |_| 1, size, out);
}

fn strided_slice<W: Word>(
    input: &[W],
    shape: &[usize],
    begin: &[usize],
    step: impl Fn(usize) -> isize,
    out_shape: &[usize],
    out: &mut [W],
) {
    assert_eq!(shape.len(), begin.len(), "axes of operand and beginning");
    assert_eq!(shape.len(), out_shape.len(), "axes of operand and result");
    assert_eq!(input.len(), elements(shape), "elements of the operand");
    assert_eq!(out.len(), elements(out_shape), "elements of the result");
    let mut walk = Walk::new();
    let mut base = 0;
    for (axis, stride) in strides(shape).enumerate() {
        base += begin[axis] * stride;
        walk.push(out_shape[axis], [step(axis) * stride as isize]);
    }
    strided_copy(&walk, base, input, out);
}

fn reverse<W: Word>(input: &[W], shape: &[usize], axes: &[usize], out: &mut [W]) {
    assert_eq!(input.len(), elements(shape), "elements of the operand");
    assert_eq!(input.len(), out.len(), "elements of operand and result");
    let mut walk = Walk::new();
    let mut base = 0;
    for (axis, stride) in strides(shape).enumerate() {
        if axes.contains(&axis) {
            base += shape[axis].saturating_sub(1) * stride;
            walk.push(shape[axis], [-(stride as isize)]);
        } else {
            walk.push(shape[axis], [stride as isize]);
        }
    }
    strided_copy(&walk, base, input, out);
}

macro_rules! by_width {
    ($($slice:ident $strided_slice:ident $reverse:ident $w:ty;)*) => {$(
        /// `size` elements of each axis from `begin` (`tf.slice`).
        ///
        /// # Panics
        /// If the slice leaves `shape`, or a length or rank does not fit.
        pub fn $slice(
            input: &[$w],
            shape: &[usize],
            begin: &[usize],
            size: &[usize],
            out: &mut [$w],
        ) {
            slice(input, shape, begin, size, out);
        }

        /// `out[i] = input[begin + i * strides]` on every axis, `i` below
        /// `out_shape`; strides may be negative (`tf.strided_slice`).
        ///
        /// # Panics
        /// If the slice leaves `shape`, or a length or rank does not fit.
        pub fn $strided_slice(
            input: &[$w],
            shape: &[usize],
            begin: &[usize],
            strides: &[isize],
            out_shape: &[usize],
            out: &mut [$w],
        ) {
            strided_slice(input, shape, begin, |axis| strides[axis], out_shape, out);
        }

        /// The elements in opposite order along each of `axes` (`tf.reverse`).
        ///
        /// # Panics
        /// If a length does not fit `shape`.
        pub fn $reverse(input: &[$w], shape: &[usize], axes: &[usize], out: &mut [$w]) {
            reverse(input, shape, axes, out);
        }
    )*};
}

by_width! {
    slice_u8 strided_slice_u8 reverse_u8 u8;
    slice_u16 strided_slice_u16 reverse_u16 u16;
    slice_u32 strided_slice_u32 reverse_u32 u32;
    slice_u64 strided_slice_u64 reverse_u64 u64;
}
