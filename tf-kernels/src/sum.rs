//! The sum of several arrays, and of the rows of several matrices.

use crate::isa::{isa, multiversion};
use crate::scratch::with_scratch;
use crate::threads::for_each_chunk;
use std::ops::Add;

/// Elements that are added up while they are in the first-level cache.
const BLOCK: usize = 2048;

macro_rules! add_n {
    ($($name:ident $t:ty;)*) => { $(
        #[doc = concat!("The sum of arrays of `", stringify!($t), "`, element by element, in their order (`tf.add_n`).")]
        ///
        /// # Panics
        /// If there is no array, or the lengths differ.
        pub fn $name(inputs: &[&[$t]], out: &mut [$t]) {
            add_n(inputs, out);
        }
    )* };
}

add_n! {
    add_n_f32 f32;
    add_n_f64 f64;
}

fn add_n<T: Copy + Send + Sync + Add<Output = T>>(inputs: &[&[T]], out: &mut [T]) {
    assert!(inputs.iter().all(|input| input.len() == out.len()), "elements of all operands");
    let (first, others) = inputs.split_first().expect("one operand or more");
    let isa = isa();
    for_each_chunk(out, 1, inputs.len() * first.len(), |start, out| {
        for (i, out) in out.chunks_mut(BLOCK).enumerate() {
            let part = start + i * BLOCK..start + i * BLOCK + out.len();
            out.copy_from_slice(&first[part.clone()]);
            for other in others {
                accumulate(isa, &other[part.clone()], out);
            }
        }
    });
}

multiversion! {
    fn accumulate[T: Copy + Add<Output = T>](other: &[T], out: &mut [T]) {
        for (out, &x) in out.iter_mut().zip(other) {
            *out = *out + x;
        }
    }
}

/// Columns that are worth a piece of their own.
const COLUMNS: usize = 64;

/// Rows that are added to the sums together.
const ROWS: usize = 4;

/// The sum of all rows of several matrices that have as many columns as `out` has elements, in their order and in `f64`, as the gradient of
/// a bias that several steps share.
///
/// # Panics
/// If a matrix has no whole number of rows.
pub fn sum_rows_f32(matrices: &[&[f32]], out: &mut [f32]) {
    let n = out.len();
    if n == 0 {
        return;
    }
    assert!(matrices.iter().all(|matrix| matrix.len().is_multiple_of(n)), "whole rows of each matrix");
    let (isa, work) = (isa(), matrices.iter().map(|matrix| matrix.len()).sum());
    for_each_chunk(out, COLUMNS, work, |start, out| {
        with_scratch(out.len(), |sums: &mut [f64]| {
            sums.fill(0.0);
            for matrix in matrices {
                let mut groups = matrix.chunks_exact(ROWS * n);
                for group in &mut groups {
                    let rows: [&[f32]; ROWS] = std::array::from_fn(|row| &group[row * n + start..][..out.len()]);
                    add_rows(isa, rows, sums);
                }
                for row in groups.remainder().chunks_exact(n) {
                    add_rows(isa, [&row[start..start + out.len()]], sums);
                }
            }
            out.iter_mut().zip(sums).for_each(|(out, sum)| *out = *sum as f32);
        });
    });
}

multiversion! {
    /// Adds rows to sums, one after the other.
    fn add_rows[const N: usize](rows: [&[f32]; N], sums: &mut [f64]) {
        let n = sums.len();
        let rows = rows.map(|row| &row[..n]);
        for (i, sum) in sums.iter_mut().enumerate() {
            let mut total = *sum;
            for row in &rows {
                total += f64::from(row[i]);
            }
            *sum = total;
        }
    }
}
