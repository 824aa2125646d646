//! One-hot codes.

use super::{Word, moving};
use crate::threads::for_each_chunk;

fn one_hot<W: Word>(indices: &[i64], inner: usize, depth: usize, on: W, off: W, out: &mut [W]) {
    assert_eq!(out.len(), indices.len() * depth, "elements of the result");
    if out.is_empty() {
        return;
    }
    let code = depth * inner;
    for_each_chunk(out, code, moving::<W>(out.len()), |start, out| {
        out.fill(off);
        for (i, out) in out.chunks_exact_mut(code).enumerate() {
            let from = (start / code + i) * inner;
            for (column, &index) in indices[from..from + inner].iter().enumerate() {
                if let Ok(index) = usize::try_from(index)
                    && index < depth
                {
                    out[index * inner + column] = on;
                }
            }
        }
    });
}

macro_rules! by_width {
    ($($one_hot:ident $w:ty;)*) => {$(
        /// `on` where the index says and `off` elsewhere: `indices` is
        /// `[outer, inner]`, `out` is `[outer, depth, inner]`; an index outside
        /// `depth` leaves `off` everywhere (`tf.one_hot`).
        ///
        /// # Panics
        /// If `out` does not have `depth` elements for each index.
        pub fn $one_hot(
            indices: &[i64],
            inner: usize,
            depth: usize,
            on: $w,
            off: $w,
            out: &mut [$w],
        ) {
            one_hot(indices, inner, depth, on, off, out);
        }
    )*};
}

by_width! {
    one_hot_u8 u8;
    one_hot_u16 u16;
    one_hot_u32 u32;
    one_hot_u64 u64;
}
