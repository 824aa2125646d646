//! Mean and variance of columns in one pass over memory.
//!
//! Differences from a column's first element and their squares are added up in `f64`. That element is one of those that the variance is of,
//! so of `n` elements the squares are at most `n + 1` times what is left when the mean is taken off: the variance loses at most a few
//! `n · 2⁻⁵³` of itself, whatever the mean.

use crate::isa::{isa, multiversion};
use crate::threads::{fixed_pieces, for_each_chunk};

/// Most pieces that the rows are cut into.
const MOST_PIECES: usize = 64;

/// Most partial sums of all pieces.
const MOST_PARTIAL: usize = 1 << 17;

/// Rows that are added at once.
const ROWS: usize = 4;

/// Elementary operations for one element.
const WORK: usize = 4;

/// The mean of each column of a matrix of so many columns, and the mean of the squared differences from it; of no rows both are NaN.
///
/// Both are the exact ones to within 2 units in the last place. A column with NaN or an infinity has a variance of NaN (`tf.nn.moments`).
///
/// # Panics
/// If the lengths do not fit.
pub fn moments_f32(x: &[f32], columns: usize, mean: &mut [f32], variance: &mut [f32]) {
    assert!(mean.len() == columns && variance.len() == columns, "a mean and a variance for each column");
    if columns == 0 {
        return;
    }
    assert_eq!(x.len() % columns, 0, "whole rows of {columns} columns");
    let rows = x.len() / columns;
    if rows == 0 {
        mean.fill(f32::NAN);
        variance.fill(f32::NAN);
        return;
    }
    let first: Vec<f64> = x[..columns].iter().map(|&x| if x.is_finite() { f64::from(x) } else { 0.0 }).collect();
    let pieces = fixed_pieces(x.len(), MOST_PIECES.min(MOST_PARTIAL / columns).max(1)).min(rows);
    let piece = rows.div_ceil(pieces);
    // For each piece the sums of all columns, then those of their squares.
    let mut sums = vec![0.0f64; pieces * 2 * columns];
    let isa = isa();
    for_each_chunk(&mut sums, 2 * columns, x.len() * WORK, |start, sums| {
        for (i, sums) in sums.chunks_exact_mut(2 * columns).enumerate() {
            let from = (start / (2 * columns) + i) * piece;
            let part = &x[from.min(rows) * columns..(from + piece).min(rows) * columns];
            let (sums, squares) = sums.split_at_mut(columns);
            let mut groups = part.chunks_exact(ROWS * columns);
            for group in &mut groups {
                let rows: [&[f32]; ROWS] = std::array::from_fn(|row| &group[row * columns..][..columns]);
                add_rows(isa, rows, &first, sums, squares);
            }
            for row in groups.remainder().chunks_exact(columns) {
                add_rows(isa, [row], &first, sums, squares);
            }
        }
    });
    let n = rows as f64;
    for (column, (mean, variance)) in mean.iter_mut().zip(variance).enumerate() {
        let total = |from: usize| sums[from + column..].iter().step_by(2 * columns).sum::<f64>();
        let (sum, square) = (total(0), total(columns));
        *mean = (first[column] + sum / n) as f32;
        let squares = (square - sum / n * sum) / n;
        // Rounding may leave less than nothing; NaN stays.
        *variance = (if squares < 0.0 { 0.0 } else { squares }) as f32;
    }
}

multiversion! {
    /// Adds the differences of each row from `first`, and their squares.
    fn add_rows[const R: usize](rows: [&[f32]; R], first: &[f64], sums: &mut [f64], squares: &mut [f64]) {
        let n = first.len();
        let rows = rows.map(|row| &row[..n]);
        let (sums, squares) = (&mut sums[..n], &mut squares[..n]);
        for i in 0..n {
            let (mut sum, mut square) = (sums[i], squares[i]);
            for row in rows {
                let difference = f64::from(row[i]) - first[i];
                sum += difference;
                square += difference * difference;
            }
            (sums[i], squares[i]) = (sum, square);
        }
    }
}
