//! A product whose rows are handed on some at a time, while they are in the cache.

use super::Product;
use super::blocks::{Block, Cut, is_crowded};
use super::packed::PackedMatrix;
use super::tile::TileElement;
use crate::scratch::with_aligned_scratch;
use crate::threads::{SharedMut, for_each_index, pieces};
use std::ops::Range;

/// What the sums of a product begin with.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// Nothing.
    Zero,
    /// An element for each column.
    Bias(&'a [f32]),
    /// An element for each element.
    Sums(&'a [f32]),
}

impl Start<'_> {
    /// # Panics
    /// If it is none for `m` rows and `n` columns.
    pub(super) fn assert_fits(self, m: usize, n: usize) {
        match self {
            Start::Zero => {}
            Start::Bias(bias) => assert_eq!(bias.len(), n, "an element of the bias for each column"),
            Start::Sums(sums) => {
                assert_eq!(sums.len(), m * n, "an element that the sums begin with for each of theirs")
            }
        }
    }
}

/// Tiles one below the other that meet a sliver of the second operand while it is in the first-level cache.
const PANELS: usize = 3;

/// Rows that are worth a piece of their own.
const FEW: usize = 4;

/// Parts of the columns for each thread, where they are shared.
const PARTS: usize = 2;

/// Some rows of a product.
pub(crate) struct Rows<'m> {
    pub(crate) rows: Range<usize>,
    /// Their elements; rows are `step` apart. Behind the columns of the product there may be others, of no meaning.
    pub(crate) sums: &'m [f32],
    pub(crate) step: usize,
}

/// A product some rows of which are computed at a time.
pub(crate) struct RowProduct<'a> {
    /// The first operand: its first row, and the distance of rows.
    pub(crate) a: *const f32,
    pub(crate) a_step: usize,
    pub(crate) b: &'a PackedMatrix,
    pub(crate) start: Start<'a>,
}

// SAFETY: the pointer is to rows of which each thread uses its own, as `for_rows` demands.
unsafe impl Sync for RowProduct<'_> {}

/// Products of `m` rows each with matrices that were laid out: each row is handed to `then` once for each of them, with the product's number,
/// some at a time, by whichever thread. The products of a row follow each other in their order, also what `then` does with them, so that
/// one may read what was made of the row before. Together with the products `then` takes `work` elementary operations.
///
/// # Safety
/// The first operand of each product must have a row when its turn comes, which nobody else writes to then.
///
/// # Panics
/// If a length does not fit.
pub(crate) unsafe fn for_rows(
    m: usize,
    products: &[RowProduct<'_>],
    work: usize,
    then: &(dyn Fn(usize, Rows<'_>) + Sync),
) {
    let Some(first) = products.first().filter(|_| m > 0) else { return };
    products.iter().for_each(|product| product.start.assert_fits(m, product.b.n));
    let tiles = f32::tiles(first.b.isa);
    let work = work + products.iter().map(|product| product.shape(m).work()).sum::<usize>();
    let threads = if pieces(work) == 1 { 1 } else { rayon::current_num_threads() };
    let fewest = m.div_ceil(PANELS * tiles.rows());
    let blocks = if threads == 1 { fewest } else { fewest.max(threads).min(m.div_ceil(FEW)) };
    if blocks < threads {
        // So few rows that threads rather share the columns.
        let work = work / products.len();
        for (number, product) in products.iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { product.multiply_by_columns(m, threads, work, &|rows| then(number, rows)) };
        }
        return;
    }
    for_each_index(blocks, work, |index| {
        let rows = index * m / blocks..(index + 1) * m / blocks;
        for (number, product) in products.iter().enumerate() {
            let step = product.step();
            with_aligned_scratch(rows.len() * step, |sums| {
                // SAFETY: the memory is for these rows, which are this call's alone.
                unsafe { product.multiply(rows.clone(), None, sums.as_mut_ptr()) };
                then(number, Rows { rows: rows.clone(), sums, step });
            });
        }
    });
}

impl RowProduct<'_> {
    fn shape(&self, m: usize) -> Product {
        Product { m, k: self.b.k, n: self.b.n, a: [self.a_step, 1], b: [0, 0] }
    }

    /// The distance of the rows of its sums: whole slivers.
    fn step(&self) -> usize {
        self.b.n.next_multiple_of(2 * f32::tiles(self.b.isa).lanes)
    }

    /// Hands all rows on together, after threads have shared the columns.
    ///
    /// # Safety
    /// As [`for_rows`].
    unsafe fn multiply_by_columns(&self, m: usize, threads: usize, work: usize, then: &dyn Fn(Rows<'_>)) {
        let step = self.step();
        with_aligned_scratch(m * step, |sums| {
            let shared = SharedMut::new(sums);
            let slivers = step / (2 * f32::tiles(self.b.isa).lanes);
            let parts = slivers.min(threads * PARTS);
            for_each_index(parts, work, |part| {
                let slivers = part * slivers / parts..(part + 1) * slivers / parts;
                // SAFETY: the caller's promise; slivers are this call's alone.
                unsafe { self.multiply(0..m, Some(slivers), shared.get()) };
            });
            then(Rows { rows: 0..m, sums, step });
        });
    }

    /// Multiplies some rows by some slivers of the second operand, or all; `out` begins with the first of these rows.
    ///
    /// # Safety
    /// As [`for_rows`]; `out` must be valid for the rows, and nobody else may use the columns of the slivers meanwhile.
    unsafe fn multiply(&self, rows: Range<usize>, slivers: Option<Range<usize>>, out: *mut f32) {
        let RowProduct { a, a_step, b, start } = *self;
        let (k, n, tiles, step) = (b.k, b.n, f32::tiles(b.isa), self.step());
        let width = 2 * tiles.lanes;
        let slivers = slivers.unwrap_or(0..step / width);
        let cut = Cut::new(tiles, k, n, 1);
        // What is no whole number of slivers lies where the sums will be.
        let beside = match start {
            Start::Zero => None,
            _ if n < step => {
                let columns = slivers.start * width..n.min(slivers.end * width);
                for (i, row) in rows.clone().enumerate() {
                    let from = match start {
                        Start::Sums(sums) => &sums[row * n..],
                        Start::Bias(bias) => bias,
                        Start::Zero => unreachable!("zeros are stored by the tiles"),
                    };
                    let from = &from[columns.clone()];
                    // SAFETY: the columns of the slivers, in a row of the result.
                    unsafe { out.add(i * step + columns.start).copy_from_nonoverlapping(from.as_ptr(), from.len()) };
                }
                None
            }
            Start::Bias(bias) => Some((bias, 0)),
            Start::Sums(sums) => Some((&sums[rows.start * n..], n)),
        };
        let lies_there = n < step && !matches!(start, Start::Zero);
        // SAFETY: the caller's promise.
        let a = unsafe { std::slice::from_raw_parts(a.add(rows.start * a_step), (rows.len() - 1) * a_step + k) };
        let parts: &[(&[f32], &[f32])] = &[(a, &[])];
        let panels = rows.len().div_ceil(tiles.rows());
        let mut laid = b.memory.as_slice();
        for columns in cut.blocks(n) {
            let (first, count) = (columns.start / width, columns.len().div_ceil(width));
            let within =
                slivers.start.max(first).min(first + count) - first..slivers.end.clamp(first, first + count) - first;
            for (_, depth) in cut.depths(k, 1) {
                let block;
                (block, laid) = laid.split_at(depth.len() * count * width);
                let before = depth.start > 0 || lies_there;
                let block = Block {
                    tiles,
                    product: Product { n: step, ..self.shape(rows.len()) },
                    parts,
                    strips: &[],
                    a_in_place: !is_crowded::<f32>(a_step),
                    slivers: block,
                    sliver_step: depth.len() * width,
                    b_step: width,
                    start: beside.filter(|_| !before).map(|(start, row)| (&start[columns.start..], row)),
                    onto: before.then_some(1.0),
                    relu: false,
                    panels,
                    columns: columns.start..columns.start + count * width,
                    rows: depth,
                };
                // SAFETY: the caller's promise; a row of the result has place for all slivers.
                unsafe { block.multiply(0..panels, within.clone(), out) };
            }
        }
    }
}
