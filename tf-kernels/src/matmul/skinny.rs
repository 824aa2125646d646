//! Products with a few rows or columns only. Packing the large operand, as a
//! blocked product does, would cost more than the product.

use super::Product;
use super::strips::Strip;
use crate::float::Float;
use crate::isa::{Isa, multiversion};

/// Rows or columns that count as a few.
pub(super) const FEW: usize = 4;

/// How the large operand is read in the order in which it lies.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Each result is a dot product of two runs of memory.
    Dots,
    /// Each row of results is a sum of rows of the second operand.
    Rows,
}

/// How to compute this product, if one side is thin and the memory order
/// suits. Strips of it go the same way, so that results do not
/// depend on how it is cut.
pub(super) fn kind(product: &Product) -> Option<Kind> {
    let Product { m, n, a, b, .. } = *product;
    if a[1] == 1 && b[0] == 1 && (m <= FEW || n <= FEW) {
        return Some(Kind::Dots);
    }
    (b[1] == 1 && m <= FEW).then_some(Kind::Rows)
}

/// Computes the strip.
pub(super) fn multiply<T: Float>(isa: Isa, kind: Kind, strip: &Strip<'_, T>) {
    let Product { m, k, n, a, b } = strip.product;
    for i in 0..m {
        // SAFETY: row `i` of the strip, which nobody else touches.
        let out = unsafe { strip.row(i) };
        match strip.finish.bias {
            Some(bias) => out.copy_from_slice(bias),
            None => out.fill(T::default()),
        }
        let row = &strip.a[i * a[0]..];
        match kind {
            Kind::Dots => {
                for (j, out) in out.iter_mut().enumerate() {
                    *out = *out + dot(isa, &row[..k], &strip.b[j * b[1]..][..k]);
                }
            }
            Kind::Rows => {
                for first in (0..n).step_by(BLOCK) {
                    let out = &mut out[first..n.min(first + BLOCK)];
                    sum_of_rows(isa, k, row, a[1], &strip.b[first..], b[0], out);
                }
            }
        }
        if strip.finish.relu {
            for x in out.iter_mut().filter(|x| **x < T::default()) {
                *x = T::default();
            }
        }
    }
}

/// Columns whose sums stay in the first-level cache.
const BLOCK: usize = 1024;

multiversion! {
    fn dot[T: Float](a: &[T], b: &[T]) -> T {
        const LANES: usize = 32;
        let mut lanes = [T::default(); LANES];
        // Whole lanes apart from the rest, so that the compiler keeps them in registers.
        let whole = a.len() - a.len() % LANES;
        for (a, b) in a[..whole].chunks_exact(LANES).zip(b[..whole].chunks_exact(LANES)) {
            for lane in 0..LANES {
                lanes[lane] = lanes[lane] + a[lane] * b[lane];
            }
        }
        for ((lane, &a), &b) in lanes.iter_mut().zip(&a[whole..]).zip(&b[whole..]) {
            *lane = *lane + a * b;
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
    /// Adds to `out` the sum of `k` rows of `b`, each scaled by an element of
    /// `a`, several at a time, each of which is read from beginning to end.
    fn sum_of_rows[T: Float](
        k: usize,
        a: &[T],
        a_step: usize,
        b: &[T],
        b_row: usize,
        out: &mut [T],
    ) {
        const AT_ONCE: usize = 8;
        let n = out.len();
        let whole = k - k % AT_ONCE;
        for p in (0..whole).step_by(AT_ONCE) {
            let scales: [T; AT_ONCE] = std::array::from_fn(|q| a[(p + q) * a_step]);
            let rows: [&[T]; AT_ONCE] = std::array::from_fn(|q| &b[(p + q) * b_row..][..n]);
            for (j, out) in out.iter_mut().enumerate() {
                let mut sum = *out;
                for q in 0..AT_ONCE {
                    sum = sum + scales[q] * rows[q][j];
                }
                *out = sum;
            }
        }
        for p in whole..k {
            let scale = a[p * a_step];
            for (out, &x) in out.iter_mut().zip(&b[p * b_row..][..n]) {
                *out = *out + scale * x;
            }
        }
    }
}
