//! Reordering of axes.

use super::Word;
use super::strided::strided_copy;
use crate::walk::{Walk, elements};

fn transpose<W: Word>(input: &[W], shape: &[usize], perm: &[usize], out: &mut [W]) {
    assert_eq!(shape.len(), perm.len(), "axes of operand and permutation");
    assert_eq!(input.len(), elements(shape), "elements of the operand");
    assert_eq!(input.len(), out.len(), "elements of operand and result");
    let mut walk = Walk::new();
    for &axis in perm {
        walk.push(shape[axis], [elements(&shape[axis + 1..]) as isize]);
    }
    strided_copy(&walk, 0, input, out);
}

macro_rules! by_width {
    ($($transpose:ident $w:ty;)*) => {$(
        /// Axis `i` of `out` is axis `perm[i]` of `input` (`tf.transpose`).
        ///
        /// # Panics
        /// If lengths or ranks do not fit `shape`.
        pub fn $transpose(input: &[$w], shape: &[usize], perm: &[usize], out: &mut [$w]) {
            transpose(input, shape, perm, out);
        }
    )*};
}

by_width! {
    transpose_u8 u8;
    transpose_u16 u16;
    transpose_u32 u32;
    transpose_u64 u64;
}
