//! Picking by index.

use super::{Word, moving};
use crate::error::KernelError;
use crate::threads::for_each_chunk;
use crate::walk::elements;

fn gather<W: Word>(
    params: &[W],
    shape: &[usize],
    axis: usize,
    indices: &[i64],
    out: &mut [W],
) -> Result<(), KernelError> {
    assert_eq!(params.len(), elements(shape), "elements of the operand");
    let (outer, size, inner) = (elements(&shape[..axis]), shape[axis], elements(&shape[axis + 1..]));
    assert_eq!(out.len(), outer * indices.len() * inner, "elements of the result");
    let outside = |&index: &i64| usize::try_from(index).map_or(true, |index| index >= size);
    if let Some(position) = indices.iter().position(outside) {
        return Err(KernelError::IndexOutOfRange { position, index: indices[position], size });
    }
    if out.is_empty() {
        return Ok(());
    }
    for_each_chunk(out, inner, moving::<W>(out.len()), |start, out| {
        for (i, out) in out.chunks_exact_mut(inner).enumerate() {
            let i = start / inner + i;
            let (outer, index) = (i / indices.len(), indices[i % indices.len()] as usize);
            let from = (outer * size + index) * inner;
            out.copy_from_slice(&params[from..from + inner]);
        }
    });
    Ok(())
}

macro_rules! by_width {
    ($($gather:ident $w:ty;)*) => {$(
        /// The slices of `params` at `indices` of `axis`; the axis is replaced
        /// by those of the indices (`tf.gather`).
        ///
        /// # Errors
        /// [`KernelError::IndexOutOfRange`] for the first index outside the
        /// axis; `out` is then untouched.
        ///
        /// # Panics
        /// If a length does not fit `shape`.
        pub fn $gather(
            params: &[$w],
            shape: &[usize],
            axis: usize,
            indices: &[i64],
            out: &mut [$w],
        ) -> Result<(), KernelError> {
            gather(params, shape, axis, indices, out)
        }
    )*};
}

by_width! {
    gather_u8 u8;
    gather_u16 u16;
    gather_u32 u32;
    gather_u64 u64;
}
