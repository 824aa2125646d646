//! Products cut into strips of the longer side of the result, one for a thread.

use super::{Batch, Finish, Product};
use crate::threads::{SharedMut, for_each_index, pieces};

/// Rows or columns that are not worth parting.
const STRIP: usize = 16;

/// A part of one product: a strip of rows or of columns of its result.
pub(super) struct Strip<'a, T> {
    pub(super) product: Product,
    pub(super) a: &'a [T],
    pub(super) b: &'a [T],
    /// The first element of the strip's result; rows are `stride` apart.
    out: *mut T,
    stride: usize,
    pub(super) finish: Finish<'a, T>,
}

impl<T> Strip<'_, T> {
    /// Row `i` of the result.
    ///
    /// # Safety
    /// Nobody else may use the row meanwhile.
    // Strips are handed out one for each part of the result, so the elements
    // are this strip's own although it only points to them.
    #[allow(clippy::mut_from_ref, reason = "the strip is a handle to memory of its own")]
    pub(super) unsafe fn row(&self, i: usize) -> &mut [T] {
        // SAFETY: rows of a strip lie `stride` apart and have `n` elements.
        unsafe { std::slice::from_raw_parts_mut(self.out.add(i * self.stride), self.product.n) }
    }
}

/// Calls `multiply` with strips that together are the products of the batch.
pub(super) fn for_each_strip<T: Copy + Send + Sync>(
    batch: &Batch,
    a: &[T],
    b: &[T],
    finish: Finish<'_, T>,
    out: &mut [T],
    multiply: impl Fn(Strip<'_, T>) + Send + Sync,
) {
    let product = batch.product;
    let Product { m, k, n, .. } = product;
    let offsets = batch.offsets();
    assert_eq!(offsets.len() * m * n, out.len(), "elements of the result");
    let work = offsets.len() * product.work();
    let by_rows = m >= n;
    let side = if by_rows { m } else { n };
    // No more than threads: each strip reads the whole of the other operand. To ask how many there are starts them.
    let strips = match pieces(work) {
        1 => 1,
        pieces => pieces.min(rayon::current_num_threads()),
    };
    let strips = strips.div_ceil(offsets.len()).min(side.div_ceil(STRIP));
    let strip = side.div_ceil(strips).next_multiple_of(STRIP).min(side);
    let strips = side.div_ceil(strip);
    let shared = SharedMut::new(out);
    for_each_index(offsets.len() * strips, work, |i| {
        let (matrix, first) = (i / strips, i % strips * strip);
        let count = strip.min(side - first);
        let [ia, ib] = offsets[matrix];
        let (a, b) = (&a[ia..ia + m * k], &b[ib..ib + k * n]);
        // SAFETY: matrix and strip lie within `out`, of as many matrices of `m * n`
        // elements as asserted; no two strips overlap.
        let out = unsafe { shared.get().add(matrix * m * n) };
        multiply(if by_rows {
            Strip {
                product: Product { m: count, ..product },
                a: &a[first * product.a[0]..],
                b,
                // SAFETY: as above.
                out: unsafe { out.add(first * n) },
                stride: n,
                finish,
            }
        } else {
            Strip {
                product: Product { n: count, ..product },
                a,
                b: &b[first * product.b[1]..],
                // SAFETY: as above.
                out: unsafe { out.add(first) },
                stride: n,
                finish: Finish { bias: finish.bias.map(|bias| &bias[first..first + count]), ..finish },
            }
        });
    });
}
