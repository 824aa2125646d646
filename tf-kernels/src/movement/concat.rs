//! Joining arrays along an axis, and cutting them.

use super::{Word, moving};
use crate::threads::{SharedMut, for_each_chunk, for_each_index};
use crate::walk::elements;

fn concat<W: Word>(inputs: &[&[W]], shapes: &[&[usize]], axis: usize, out: &mut [W]) {
    assert_eq!(inputs.len(), shapes.len(), "arrays and shapes");
    for (input, shape) in inputs.iter().zip(shapes) {
        assert_eq!(input.len(), elements(shape), "elements of an operand");
    }
    assert_eq!(out.len(), inputs.iter().map(|input| input.len()).sum(), "elements of the result");
    let rows = |shape: &[usize]| elements(&shape[..axis]);
    assert!(
        shapes.windows(2).all(|pair| rows(pair[0]) == rows(pair[1])),
        "operands agree before axis {axis}: {shapes:?}"
    );
    if out.is_empty() {
        return;
    }
    let row = out.len() / rows(shapes[0]);
    for_each_chunk(out, row, moving::<W>(out.len()), |start, out| {
        for (i, mut out) in out.chunks_exact_mut(row).enumerate() {
            let i = start / row + i;
            for (input, shape) in inputs.iter().zip(shapes) {
                let n = elements(&shape[axis..]);
                let part;
                (part, out) = out.split_at_mut(n);
                part.copy_from_slice(&input[i * n..(i + 1) * n]);
            }
        }
    });
}

fn split<W: Word>(input: &[W], shape: &[usize], axis: usize, sizes: &[usize], outputs: &mut [&mut [W]]) {
    assert_eq!(sizes.len(), outputs.len(), "sizes and results");
    assert_eq!(sizes.iter().sum::<usize>(), shape[axis], "sum of the sizes");
    assert_eq!(input.len(), elements(shape), "elements of the operand");
    let (outer, inner) = (elements(&shape[..axis]), elements(&shape[axis + 1..]));
    for (&size, out) in sizes.iter().zip(&*outputs) {
        assert_eq!(out.len(), outer * size * inner, "elements of a result");
    }
    let parts: Vec<_> = outputs.iter_mut().map(|out| SharedMut::new(out)).collect();
    let row = shape[axis] * inner;
    for_each_index(outer, moving::<W>(input.len()), |i| {
        let mut start = i * row;
        for (part, size) in parts.iter().zip(sizes) {
            let n = size * inner;
            // SAFETY: the result has `outer` runs of `n` elements, as asserted
            // above, and run `i` is written by this call only.
            let out = unsafe { std::slice::from_raw_parts_mut(part.get().add(i * n), n) };
            out.copy_from_slice(&input[start..start + n]);
            start += n;
        }
    });
}

macro_rules! by_width {
    ($($concat:ident $split:ident $w:ty;)*) => {$(
        /// The `inputs` one after the other along `axis` (`tf.concat`).
        ///
        /// # Panics
        /// If a length does not fit its shape or shapes differ before `axis`.
        pub fn $concat(inputs: &[&[$w]], shapes: &[&[usize]], axis: usize, out: &mut [$w]) {
            concat(inputs, shapes, axis, out);
        }

        /// `input` cut along `axis` into parts of `sizes` (`tf.split`).
        ///
        /// # Panics
        /// If a length does not fit or `sizes` do not sum to the axis.
        pub fn $split(
            input: &[$w],
            shape: &[usize],
            axis: usize,
            sizes: &[usize],
            outputs: &mut [&mut [$w]],
        ) {
            split(input, shape, axis, sizes, outputs);
        }
    )*};
}

by_width! {
    concat_u8 split_u8 u8;
    concat_u16 split_u16 u16;
    concat_u32 split_u32 u32;
    concat_u64 split_u64 u64;
}
