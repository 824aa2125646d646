//! Products with a few rows or columns only. Packing the large operand, as a
//! blocked product does, would cost more than the product.

use super::{Product, Strip};
use crate::float::Float;
use crate::isa::{Isa, multiversion};

/// Rows or columns that count as a few.
const FEW: usize = 4;

/// Computes the strip if one side of it is thin and the memory order suits;
/// returns whether it did.
pub(super) fn multiply<T: Float>(isa: Isa, strip: &Strip<'_, T>) -> bool {
    let Product { m, k, n, a, b } = strip.product;
    let by_dots = a[1] == 1 && b[0] == 1 && (m <= FEW || n <= FEW);
    let by_rows = b[1] == 1 && m <= FEW;
    if !by_dots && !by_rows {
        return false;
    }
    for i in 0..m {
        // SAFETY: row `i` of the strip, which nobody else touches.
        let out = unsafe { strip.row(i) };
        let row = &strip.a[i * a[0]..];
        if by_dots {
            for (j, out) in out.iter_mut().enumerate() {
                *out = dot(isa, &row[..k], &strip.b[j * b[1]..][..k]);
            }
        } else {
            sum_of_rows(isa, k, row, a[1], strip.b, b[0], out);
        }
    }
    true
}

multiversion! {
    fn dot[T: Float](a: &[T], b: &[T]) -> T {
        const LANES: usize = 32;
        let mut lanes = [T::default(); LANES];
        for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
            for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
                *lane = *lane + a * b;
            }
        }
        let mut width = LANES / 2;
        while width > 0 {
            for i in 0..width {
                lanes[i] = lanes[i] + lanes[i + width];
            }
            width /= 2;
        }
        lanes[0]
    }
}

multiversion! {
    /// The sum of `k` rows of `b`, each scaled by an element of `a`.
    fn sum_of_rows[T: Float](
        k: usize,
        a: &[T],
        a_step: usize,
        b: &[T],
        b_row: usize,
        out: &mut [T],
    ) {
        // Columns whose sums are held in registers.
        const BLOCK: usize = 64;
        for (block, out) in out.chunks_mut(BLOCK).enumerate() {
            let n = out.len();
            let mut sums = [T::default(); BLOCK];
            for p in 0..k {
                let scale = a[p * a_step];
                let row = &b[p * b_row + block * BLOCK..][..n];
                if let Ok(row) = <&[T; BLOCK]>::try_from(row) {
                    for (sum, &x) in sums.iter_mut().zip(row) {
                        *sum = *sum + scale * x;
                    }
                } else {
                    for (sum, &x) in sums.iter_mut().zip(row) {
                        *sum = *sum + scale * x;
                    }
                }
            }
            out.copy_from_slice(&sums[..n]);
        }
    }
}
