//! Products of one row or two with a matrix that is laid out: reading it is all the work.
//!
//! Slivers are read side by side, so that enough of their lines are on the way and no sum waits for the one before, and each thread goes
//! over slivers of its own from the first row to the last: nobody waits between the blocks of a deep matrix.

use super::blocks::Cut;
use super::packed::PackedMatrix;
use super::tile::{TileElement, Tiles};
use super::{Finish, PER_OPERATION};
use crate::simd::{Vector, WIDEST};
use crate::threads::{SharedMut, for_each_index, pieces};
use std::ops::Range;

/// Rows that are multiplied so.
pub(super) const MOST: usize = 2;

/// Slivers that are read side by side, at most.
const TOGETHER: usize = 4;

/// Elements of the sums of a row.
const SUMS: usize = TOGETHER * 2 * WIDEST;

/// Some rows by some slivers of one block.
pub(super) struct Few<T> {
    depth: usize,
    /// The first row of the first operand; rows are `a_row` elements apart, columns `a_step`.
    a: *const T,
    a_row: usize,
    a_step: usize,
    /// The first sliver.
    b: *const T,
    /// The sums of the first row, [`SUMS`] elements before the next one's.
    sums: *mut T,
    /// Whether the sums begin with what is there, or are made by themselves and added to it.
    begins: bool,
}

/// # Safety
/// The pointers must be valid for `P` rows, the depth and `S` slivers, which lie one after the other, and the instructions of `V` must
/// exist.
#[inline(always)]
pub(super) unsafe fn few<V: Vector, const P: usize, const S: usize>(f: &Few<V::Elem>)
where
    V::Elem: TileElement,
{
    // SAFETY: every access is to a row, column and depth that the caller promised; `V`'s instructions exist.
    unsafe {
        let place = |p: usize, s: usize, q: usize| f.sums.add(p * SUMS + (2 * s + q) * V::LANES);
        let mut sums = [[[V::splat(V::Elem::default()); 2]; S]; P];
        if f.begins {
            for (p, sums) in sums.iter_mut().enumerate() {
                for (s, sums) in sums.iter_mut().enumerate() {
                    *sums = [V::load(place(p, s, 0)), V::load(place(p, s, 1))];
                }
            }
        }
        for i in 0..f.depth {
            let x: [V; P] = std::array::from_fn(|p| V::splat(*f.a.add(p * f.a_row + i * f.a_step)));
            for s in 0..S {
                let row = f.b.add((s * f.depth + i) * 2 * V::LANES);
                let columns = [V::load(row), V::load(row.add(V::LANES))];
                for (sums, x) in sums.iter_mut().zip(x) {
                    for (sum, columns) in sums[s].iter_mut().zip(columns) {
                        *sum = x.mul_add(columns, *sum);
                    }
                }
            }
        }
        for (p, sums) in sums.iter().enumerate() {
            for (s, sums) in sums.iter().enumerate() {
                for (q, &sum) in sums.iter().enumerate() {
                    let to = place(p, s, q);
                    let one = V::splat(V::Elem::ONE);
                    if f.begins { sum.store(to) } else { sum.mul_add(one, V::load(to)).store(to) }
                }
            }
        }
    }
}

/// The rows of the first operand: the first of them, the distances of rows and columns, and how many they are.
pub(super) struct FewRows<'a> {
    pub(super) a: &'a [f32],
    pub(super) strides: [usize; 2],
    pub(super) rows: usize,
}

/// The product of a few rows with the matrix, what it begins with, if not with a bias, and what follows it.
pub(super) fn multiply(
    few: &FewRows<'_>,
    b: &PackedMatrix,
    start: Option<&[f32]>,
    finish: Finish<'_, f32>,
    out: &mut [f32],
) {
    let tiles = f32::tiles(b.isa);
    let slivers = b.n.div_ceil(2 * tiles.lanes);
    let work = (few.rows * b.k * b.n).div_ceil(PER_OPERATION);
    let threads = rayon::current_num_threads();
    // As many parts for each thread.
    let parts = match pieces(work) {
        1 => 1,
        several => several.next_multiple_of(threads).min(slivers),
    };
    let shared = SharedMut::new(out);
    for_each_index(parts, work, |part| {
        let mut left = part * slivers / parts..(part + 1) * slivers / parts;
        while !left.is_empty() {
            // SAFETY: the columns of these slivers are this call's alone.
            let taken = unsafe { some_slivers(tiles, few, b, start, finish, left.clone(), shared.get()) };
            left.start += taken;
        }
    });
}

/// Multiplies by the first of some slivers, as many as go together; how many these were.
///
/// # Safety
/// `out` must be valid for the result, and nobody else may use the columns of the slivers meanwhile.
unsafe fn some_slivers(
    tiles: &Tiles<f32>,
    few: &FewRows<'_>,
    b: &PackedMatrix,
    start: Option<&[f32]>,
    finish: Finish<'_, f32>,
    slivers: Range<usize>,
    out: *mut f32,
) -> usize {
    let (width, (k, n)) = (2 * tiles.lanes, (b.k, b.n));
    let cut = Cut::new(tiles, k, n, 1);
    let first = slivers.start * width;
    let together_laid = cut.block_of(first, n);
    let in_block = together_laid.len().div_ceil(width);
    let at = (first - together_laid.start) / width;
    let most = slivers.len().min(in_block - at);
    let together = tiles.few[few.rows - 1].iter().rev().find(|(together, _)| *together <= most);
    let &(together, multiply) = together.expect("one sliver goes by itself");
    let columns = first..n.min(first + together * width);

    let mut sums = [[0.0; SUMS]; MOST];
    for (row, sums) in sums[..few.rows].iter_mut().enumerate() {
        let before = start.map(|start| &start[row * n..]).or(finish.bias);
        if let Some(before) = before {
            sums[..columns.len()].copy_from_slice(&before[columns.clone()]);
        }
    }
    let [a_row, a_step] = few.strides;
    for (_, rows) in cut.depths(k, 1) {
        let from = together_laid.start * k + (rows.start * in_block + at * rows.len()) * width;
        let block = Few {
            depth: rows.len(),
            a: few.a[rows.start * a_step..].as_ptr(),
            a_row,
            a_step,
            b: b.memory.as_slice()[from..][..together * rows.len() * width].as_ptr(),
            sums: sums.as_flattened_mut().as_mut_ptr(),
            begins: rows.start == 0,
        };
        // SAFETY: the rows and this depth of them, whole slivers, and sums of as many.
        unsafe { multiply(&block) };
    }
    for (row, sums) in sums[..few.rows].iter_mut().enumerate() {
        let sums = &mut sums[..columns.len()];
        if finish.relu {
            sums.iter_mut().filter(|x| **x < 0.0).for_each(|x| *x = 0.0);
        }
        // SAFETY: the caller's promise.
        unsafe { out.add(row * n + columns.start).copy_from_nonoverlapping(sums.as_ptr(), sums.len()) };
    }
    together
}
