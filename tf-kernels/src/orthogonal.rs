//! Orthonormal columns, as a QR decomposition with a positive diagonal has
//! them.

use rayon::prelude::*;

/// How many elements a column's update must touch before threads share it.
const SHARED: usize = 1 << 15;

/// Replaces the columns, each of `rows` elements and one after the other, by
/// orthonormal ones: the `Q` of their QR decomposition in which the diagonal of
/// `R` is positive. There are at most `rows` columns.
///
/// By Gram and Schmidt's way, which subtracts each finished column from all
/// later ones, twice over: the first pass loses orthogonality where columns
/// are nearly dependent, the second restores it.
///
/// ```
/// let mut columns = [3.0, 4.0, 1.0, 0.0];
/// tf_kernels::orthogonal::orthonormalize(&mut columns, 2);
/// for (found, expected) in columns.iter().zip([0.6, 0.8, 0.8, -0.6]) {
///     assert!((found - expected as f64).abs() < 1e-12);
/// }
/// ```
pub fn orthonormalize(columns: &mut [f64], rows: usize) {
    if rows == 0 || columns.is_empty() {
        return;
    }
    assert!(columns.len() / rows <= rows, "no more columns than rows");
    for _ in 0..2 {
        let mut rest = &mut *columns;
        while let Some((column, later)) = rest.split_at_mut_checked(rows) {
            let norm = dot(column, column).sqrt();
            if norm > 0.0 {
                column.iter_mut().for_each(|x| *x /= norm);
            }
            let subtract = |other: &mut [f64]| {
                let along = dot(column, other);
                other.iter_mut().zip(&*column).for_each(|(x, &q)| *x -= along * q);
            };
            if later.len() >= SHARED {
                later.par_chunks_exact_mut(rows).for_each(subtract);
            } else {
                later.chunks_exact_mut(rows).for_each(subtract);
            }
            rest = later;
        }
    }
}

/// In eight sums, so that they can be vectors.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (heads, tails) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = heads.remainder().iter().zip(tails.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in heads.zip(tails) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    rest + sums.iter().sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{RandomStream, normal_f64};

    fn drawn(rows: usize, count: usize) -> Vec<f64> {
        let mut columns = vec![0.0; rows * count];
        normal_f64(RandomStream { seed: 1, seed2: 2, block: 0 }, &mut columns);
        columns
    }

    fn is_orthonormal(columns: &[f64], rows: usize) {
        let columns: Vec<&[f64]> = columns.chunks_exact(rows).collect();
        for (i, a) in columns.iter().enumerate() {
            for (j, b) in columns.iter().enumerate() {
                let expected = f64::from(u8::from(i == j));
                assert!((dot(a, b) - expected).abs() < 1e-13, "columns {i} and {j} of {rows} rows");
            }
        }
    }

    #[test]
    fn columns_become_orthonormal_and_span_what_they_spanned() {
        for (rows, count) in [(1, 1), (5, 3), (17, 17), (300, 200)] {
            let before = drawn(rows, count);
            let mut after = before.clone();
            orthonormalize(&mut after, rows);
            is_orthonormal(&after, rows);
            for (k, column) in before.chunks_exact(rows).enumerate() {
                // R = Qᵀ A: nothing below its diagonal, which is positive.
                let coefficients: Vec<f64> = after.chunks_exact(rows).map(|q| dot(q, column)).collect();
                assert!(coefficients[k] > 0.0, "the diagonal of R at {k}");
                assert!(coefficients[k + 1..].iter().all(|r| r.abs() < 1e-10), "below the diagonal of R at {k}");
            }
        }
    }

    #[test]
    fn nearly_dependent_columns_are_told_apart() {
        let mut columns = vec![1.0, 1e-9, 0.0, 1.0, 0.0, 1e-9, 1.0, 0.0, 0.0];
        orthonormalize(&mut columns, 3);
        is_orthonormal(&columns, 3);
    }

    #[test]
    fn nothing_is_nothing() {
        orthonormalize(&mut [], 0);
        orthonormalize(&mut [], 3);
    }
}
