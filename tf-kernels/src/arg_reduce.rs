//! Where along an axis the extreme element is.

use half::{bf16, f16};

use crate::threads::for_each_chunk;
use crate::walk::elements;

/// Which extreme is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArgOp {
    /// The first largest element (`tf.argmax`).
    Max,
    /// The first smallest element (`tf.argmin`).
    Min,
}

macro_rules! arg {
    ($($name:ident $t:ty;)*) => {$(
        #[doc = concat!("The index along `axis` of the extreme `", stringify!($t), "`, the first of equals; `out` has the other axes in order. NaN never wins; of NaN only, or of an empty axis, the index is 0.")]
        ///
        /// # Panics
        /// If a length does not fit `shape`.
        pub fn $name(op: ArgOp, input: &[$t], shape: &[usize], axis: usize, out: &mut [i64]) {
            match op {
                ArgOp::Max => arg(input, shape, axis, out, |x, best| x > best),
                ArgOp::Min => arg(input, shape, axis, out, |x, best| x < best),
            }
        }
    )*};
}

arg! {
    arg_f16 f16;
    arg_bf16 bf16;
    arg_f32 f32;
    arg_f64 f64;
    arg_i8 i8;
    arg_i16 i16;
    arg_i32 i32;
    arg_i64 i64;
    arg_u8 u8;
    arg_u16 u16;
    arg_u32 u32;
    arg_u64 u64;
}

/// Results found together where the axis is not the innermost.
const TILE: usize = 64;

fn arg<T: Copy + PartialOrd + Send + Sync>(
    input: &[T],
    shape: &[usize],
    axis: usize,
    out: &mut [i64],
    beats: impl Fn(T, T) -> bool + Sync,
) {
    assert_eq!(input.len(), elements(shape), "elements of the operand");
    let (size, inner) = (shape[axis], elements(&shape[axis + 1..]));
    assert_eq!(out.len(), elements(&shape[..axis]) * inner, "elements of the result");
    if input.is_empty() {
        return out.fill(0);
    }
    let is_nan = |x: T| x.partial_cmp(&x).is_none();
    let wins = |x: T, best: T| beats(x, best) || (is_nan(best) && !is_nan(x));
    for_each_chunk(out, 1, 2 * input.len(), |start, out| {
        let mut done = 0;
        while done < out.len() {
            let (outer, column) = ((start + done) / inner, (start + done) % inner);
            let n = TILE.min(inner - column).min(out.len() - done);
            let row = |i: usize| &input[(outer * size + i) * inner + column..][..n];
            let mut best = [input[0]; TILE];
            best[..n].copy_from_slice(row(0));
            let out = &mut out[done..done + n];
            out.fill(0);
            for i in 1..size {
                for ((out, best), &x) in out.iter_mut().zip(&mut best).zip(row(i)) {
                    if wins(x, *best) {
                        (*out, *best) = (i as i64, x);
                    }
                }
            }
            done += n;
        }
    });
}
