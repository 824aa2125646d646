//! Repetition: broadcasting, tiling and filling.

use super::strided::strided_copy;
use super::{Word, moving};
use crate::threads::for_each_chunk;
use crate::walk::{Walk, elements, strides};

fn broadcast_to<W: Word>(input: &[W], shape: &[usize], out: &mut [W], out_shape: &[usize]) {
    assert_eq!(input.len(), elements(shape), "elements of the operand");
    assert_eq!(out.len(), elements(out_shape), "elements of the result");
    if !out.is_empty() {
        strided_copy(&Walk::broadcast([shape], out_shape), 0, input, out);
    }
}

fn tile<W: Word>(input: &[W], shape: &[usize], multiples: &[usize], out: &mut [W]) {
    assert_eq!(shape.len(), multiples.len(), "axes of operand and multiples");
    assert_eq!(input.len(), elements(shape), "elements of the operand");
    assert_eq!(out.len(), input.len() * elements(multiples), "elements of the result");
    let mut walk = Walk::new();
    for (axis, stride) in strides(shape).enumerate() {
        walk.push(multiples[axis], [0]);
        walk.push(shape[axis], [stride as isize]);
    }
    strided_copy(&walk, 0, input, out);
}

fn fill<W: Word>(value: W, out: &mut [W]) {
    for_each_chunk(out, 1, moving::<W>(out.len()), |_, out| out.fill(value));
}

macro_rules! by_width {
    ($($broadcast_to:ident $tile:ident $fill:ident $w:ty;)*) => {$(
        /// `input` repeated to `out_shape` by the broadcasting rule
        /// (`tf.broadcast_to`).
        ///
        /// # Panics
        /// If a length does not fit its shape or `shape` does not broadcast.
        pub fn $broadcast_to(input: &[$w], shape: &[usize], out: &mut [$w], out_shape: &[usize]) {
            broadcast_to(input, shape, out, out_shape);
        }

        /// `input` laid out `multiples` times along each axis (`tf.tile`).
        ///
        /// # Panics
        /// If a length or rank does not fit `shape`.
        pub fn $tile(input: &[$w], shape: &[usize], multiples: &[usize], out: &mut [$w]) {
            tile(input, shape, multiples, out);
        }

        /// `value` everywhere (`tf.fill`).
        pub fn $fill(value: $w, out: &mut [$w]) {
            fill(value, out);
        }
    )*};
}

by_width! {
    broadcast_to_u8 tile_u8 fill_u8 u8;
    broadcast_to_u16 tile_u16 fill_u16 u16;
    broadcast_to_u32 tile_u32 fill_u32 u32;
    broadcast_to_u64 tile_u64 fill_u64 u64;
}
