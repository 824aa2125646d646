//! Products cut into blocks that stay in the caches, each computed tile by tile.
//!
//! Threads lay out a block of the second operand together, in slivers as wide as a tile, which stays in the last-level cache. Then each
//! takes some rows of the first operand, copies them to its second-level cache, and has them meet one sliver after the other, which
//! stays in the first-level cache meanwhile (Goto and van de Geijn 2008). They take rows as they come, so that nobody waits for a slow one
//! for long. An operand that lies well already is read in place.

use super::packing::{pack_columns, pack_rows, pack_slivers};
use super::tile::{Tile, TileElement, Tiles};
use super::{Finish, Product};
use crate::isa::Isa;
use crate::scratch::{LINE, Scratch, with_aligned_scratch};
use crate::threads::{SharedMut, for_each_index, pieces};
use std::ops::Range;

/// Rows of a block of the second operand.
const DEPTH: usize = 512;

/// Bytes of a block of the second operand, a part of the last-level cache.
const BLOCK_BYTES: usize = 4 << 20;

/// Tiles of rows of the first operand that are copied together, to a part of the second-level cache.
const PANELS: usize = 8;

/// Bytes of a second operand that is small enough to be read in place.
pub(super) const NEAR: usize = 64 << 10;

/// Slivers that have to meet the rows of a tile for their copy to pay.
const FEW_SLIVERS: usize = 4;

/// Rows this many bytes apart, or a multiple, meet in too few places of the first-level cache.
const CROWDED: usize = 2048;

/// Rows of a block that one thread lays out at a time.
const ROWS_AT_ONCE: usize = 32;

/// Parts of a block for each thread, at most: who takes long over one is waited for by little.
const PARTS: usize = 8;

/// Elementary operations of such a part, at least: some microseconds.
const PART: usize = 1 << 14;

/// Whether rows of so many elements, one after the other, evict each other from the first-level cache.
pub(super) fn is_crowded<T>(row: usize) -> bool {
    (row * size_of::<T>()).is_multiple_of(CROWDED)
}

/// A sum of products of one shape, and where it goes.
pub(super) struct Sum<'a, T> {
    /// Each of the products.
    pub(super) product: Product,
    /// Their operands.
    pub(super) parts: &'a [(&'a [T], &'a [T])],
    /// The second operand of the only product, laid out before, in the place of the other.
    pub(super) laid: Option<&'a [T]>,
    /// Where the rows of the first operand of the only product do not follow each other: strips of as many each, in the place of the
    /// other.
    pub(super) strips: &'a [&'a [T]],
    /// What the sums begin with, for a result of whole registers of columns without a bias.
    pub(super) start: Option<&'a [T]>,
    /// If the sum is added to what is in the result: what it is multiplied by before.
    pub(super) onto: Option<T>,
    pub(super) finish: Finish<'a, T>,
}

/// A number cut evenly into as few parts as there can be of no more than `most`: the size of a part.
fn even(number: usize, most: usize) -> usize {
    number.div_ceil(number.div_ceil(most))
}

/// How a second operand is cut.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    /// Columns of a block, a multiple of `width`.
    columns: usize,
    /// Columns of a sliver.
    width: usize,
    /// Rows of a block: of one product, or of as many whole products as `parts` says.
    depth: usize,
    parts: usize,
}

impl Cut {
    pub(super) fn new<T>(tiles: &Tiles<T>, k: usize, n: usize, parts: usize) -> Self {
        let width = 2 * tiles.lanes;
        let columns = even(n, BLOCK_BYTES / (DEPTH * size_of::<T>())).next_multiple_of(width);
        Self { columns, width, depth: even(k, DEPTH), parts: even(parts, (DEPTH / k).max(1)) }
    }

    /// Elements of an operand that is laid out.
    pub(super) fn elements(&self, k: usize, n: usize) -> usize {
        n.next_multiple_of(self.width) * k
    }

    /// The first column of each block.
    pub(super) fn blocks(&self, n: usize) -> impl Iterator<Item = Range<usize>> {
        let columns = self.columns;
        (0..n).step_by(columns).map(move |first| first..n.min(first + columns))
    }

    /// The columns of the block that this one is in.
    pub(super) fn block_of(&self, column: usize, n: usize) -> Range<usize> {
        let first = column / self.columns * self.columns;
        first..n.min(first + self.columns)
    }

    /// The products and rows of each block of those columns.
    pub(super) fn depths(&self, k: usize, parts: usize) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        let Self { depth, parts: together, .. } = *self;
        let rows = move |part: usize| {
            let of = move |first: usize| (part..parts.min(part + together), first..k.min(first + depth));
            (0..k).step_by(depth).map(of)
        };
        (0..parts).step_by(together).flat_map(rows)
    }

    /// Lays out the second operand of a product, block after block.
    pub(super) fn lay_out<T: TileElement>(&self, tiles: &Tiles<T>, product: &Product, b: &[T], out: &mut [T]) {
        let Product { k, n, b: strides, .. } = *product;
        let mut rest = &mut *out;
        for columns in self.blocks(n) {
            for (_, rows) in self.depths(k, 1) {
                let block;
                (block, rest) = rest.split_at_mut(rows.len() * columns.len().next_multiple_of(self.width));
                pack(tiles, &[(&[], b)], strides, rows, columns.clone(), block);
            }
        }
    }
}

/// Lays out the same rows of each operand's columns, one below the other; threads share it.
fn pack<T: TileElement>(
    tiles: &Tiles<T>,
    parts: &[(&[T], &[T])],
    [row, column]: [usize; 2],
    rows: Range<usize>,
    columns: Range<usize>,
    out: &mut [T],
) {
    let each = rows.len().div_ceil(ROWS_AT_ONCE);
    let depth = parts.len() * rows.len();
    let work = depth * columns.len();
    assert!(out.len() >= depth * columns.len().next_multiple_of(2 * tiles.lanes), "memory of the slivers");
    let shared = SharedMut::new(out);
    for_each_index(parts.len() * each, work, |index| {
        let (part, first) = (index / each, index % each * ROWS_AT_ONCE);
        let count = ROWS_AT_ONCE.min(rows.len() - first);
        let block = &parts[part].1[(rows.start + first) * row + columns.start * column..];
        // SAFETY: `out` holds all slivers, as asserted, and these rows of them are this call's alone.
        unsafe {
            let first = part * rows.len() + first;
            pack_slivers(tiles, block, [row, column], count, columns.len(), shared.get(), depth, first);
        }
    });
}

/// Computes the sum.
pub(super) fn multiply<T: TileElement + Scratch>(isa: Isa, sum: &Sum<'_, T>, out: &mut [T]) {
    let tiles = T::tiles(isa);
    let Product { m, k, n, a, b } = sum.product;
    let (lanes, width, size) = (tiles.lanes, 2 * tiles.lanes, size_of::<T>());
    let cut = Cut::new(tiles, k, n, sum.parts.len());
    let together = cut.parts > 1;
    let b_in_place = !together && b[1] == 1 && n.is_multiple_of(lanes) && k * n * size <= NEAR;
    let small = m * k * size <= NEAR / 4;
    let few = n <= FEW_SLIVERS * width;
    let a_in_place = !together && sum.strips.is_empty() && (small || a[1] == 1 && (few || !is_crowded::<T>(a[0])));

    // Panels of nearly equal height: a low last one would waste most of its time waiting for its own sums.
    let strips = sum.strips.len().max(1);
    let panels = (m / strips).div_ceil(tiles.rows()) * strips;
    let work = sum.parts.len() * sum.product.work();
    let threads = if pieces(work) == 1 { 1 } else { rayon::current_num_threads() };
    let shares = threads * if threads == 1 { 1 } else { (work / (threads * PART)).clamp(1, PARTS) };
    // As many for each thread, if they need not keep to strips.
    let panels = if strips == 1 && panels > 1 { panels.next_multiple_of(threads).min(m) } else { panels };
    // So are the portions of them, none of which is so short that nobody would wait for the last.
    let portion = panels.div_ceil(shares).min(PANELS);
    let down = panels.div_ceil(portion).next_multiple_of(threads).min(panels);

    let depth = cut.depth * cut.parts;
    let packed_b = if b_in_place || sum.laid.is_some() { 0 } else { depth * cut.columns };
    let shared = SharedMut::new(out);
    with_aligned_scratch(packed_b + cut.columns, |memory| {
        let (b_memory, bias_memory) = memory.split_at_mut(packed_b);
        let mut laid = sum.laid;
        for columns in cut.blocks(n) {
            let bias = sum.finish.bias.map(|bias| {
                bias_memory.fill(T::default());
                bias_memory[..columns.len()].copy_from_slice(&bias[columns.clone()]);
                (&*bias_memory, 0)
            });
            let slivers = columns.len().div_ceil(width);
            // Rows that are copied are copied once for each part of the columns.
            let parts = if a_in_place { shares } else { shares / 2 };
            let across = parts.div_ceil(down).clamp(1, slivers);
            let work = work * columns.len() / n;
            for (parts, rows) in cut.depths(k, sum.parts.len()) {
                let depth = parts.len() * rows.len();
                let slivers_of: &[T] = if b_in_place {
                    &sum.parts[parts.start].1[rows.start * b[0] + columns.start..]
                } else if let Some(rest) = &mut laid {
                    let block;
                    (block, *rest) = rest.split_at(depth * slivers * width);
                    block
                } else {
                    pack(tiles, &sum.parts[parts.clone()], b, rows.clone(), columns.clone(), b_memory);
                    b_memory
                };
                let block = Block {
                    tiles,
                    product: sum.product,
                    parts: &sum.parts[parts.clone()],
                    strips: sum.strips,
                    rows: rows.clone(),
                    columns: columns.clone(),
                    a_in_place,
                    slivers: slivers_of,
                    sliver_step: if b_in_place { width } else { depth * width },
                    b_step: if b_in_place { b[0] } else { width },
                    start: bias
                        .or(sum.start.map(|start| (&start[columns.start..], n)))
                        .filter(|_| parts.start + rows.start == 0),
                    onto: sum.onto.or((parts.start + rows.start > 0).then_some(T::ONE)),
                    relu: sum.finish.relu && parts.end == sum.parts.len() && rows.end == k,
                    panels,
                };
                for_each_index(down * across, work * depth / (k * sum.parts.len()), |index| {
                    let (index, at) = (index / across, index % across);
                    let panels = index * panels / down..(index + 1) * panels / down;
                    let slivers = at * slivers / across..(at + 1) * slivers / across;
                    // SAFETY: panels and slivers are this call's alone.
                    unsafe { block.multiply(panels, slivers, shared.get()) };
                });
            }
        }
    });
}

/// Where a panel lies: its rows of the result, and what of the first operand they are computed of.
#[derive(Clone, Copy)]
struct Lying<'a, T> {
    first: usize,
    rows: usize,
    a: &'a [T],
    a_row: usize,
    a_step: usize,
}

impl<T> Lying<'_, T> {
    const NOWHERE: Self = Lying { first: 0, rows: 0, a: &[], a_row: 0, a_step: 0 };
}

/// What is multiplied while a block of the second operand is in the cache.
pub(super) struct Block<'a, T: 'static> {
    pub(super) tiles: &'static Tiles<T>,
    pub(super) product: Product,
    /// The products whose rows of the second operand lie one below the other.
    pub(super) parts: &'a [(&'a [T], &'a [T])],
    /// As in [`Sum`].
    pub(super) strips: &'a [&'a [T]],
    /// Which rows of each.
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
    pub(super) a_in_place: bool,
    /// The second operand, the distance of slivers, and that of the rows in them.
    pub(super) slivers: &'a [T],
    pub(super) sliver_step: usize,
    pub(super) b_step: usize,
    /// What the sums of these columns begin with, whole registers of it, and the distance of its rows, 0 if it is the same for all.
    pub(super) start: Option<(&'a [T], usize)>,
    /// If the sums are added to what is in the result: what they are multiplied by before.
    pub(super) onto: Option<T>,
    pub(super) relu: bool,
    /// Into how many panels all rows of the result are cut, those of each strip into as many.
    pub(super) panels: usize,
}

impl<T: TileElement + Scratch> Block<'_, T> {
    /// The rows of the result in a panel.
    fn rows_of(&self, panel: usize) -> Range<usize> {
        let strips = self.strips.len().max(1);
        let (height, panels) = (self.product.m / strips, self.panels / strips);
        let (strip, panel) = (panel / panels, panel % panels);
        strip * height + panel * height / panels..strip * height + (panel + 1) * height / panels
    }

    /// The first operand of one of the products, from this row of the result on.
    fn first_operand(&self, part: usize, row: usize) -> &[T] {
        let [step, column] = self.product.a;
        let (rows, row) = match self.product.m.checked_div(self.strips.len()) {
            Some(height) => (self.strips[row / height], row % height),
            None => (self.parts[part].0, row),
        };
        &rows[row * step + self.rows.start * column..]
    }

    /// Multiplies some panels by some slivers.
    ///
    /// # Safety
    /// `out` must be valid for the result, and nobody else may use these rows and columns of it.
    pub(super) unsafe fn multiply(&self, panels: Range<usize>, slivers: Range<usize>, out: *mut T) {
        for first in panels.clone().step_by(PANELS) {
            // SAFETY: the caller's promise.
            unsafe { self.multiply_together(first..panels.end.min(first + PANELS), slivers.clone(), out) };
        }
    }

    /// Multiplies some panels, [`PANELS`] at most, by some slivers.
    ///
    /// # Safety
    /// As [`multiply`](Self::multiply).
    unsafe fn multiply_together(&self, panels: Range<usize>, slivers: Range<usize>, out: *mut T) {
        let Product { n, a, .. } = self.product;
        let depth = self.parts.len() * self.rows.len();
        let (lanes, width) = (self.tiles.lanes, 2 * self.tiles.lanes);
        // Rows that are copied lie a little further apart, so that they do not meet in the cache.
        let row = depth + width;
        let panel_step = row * self.tiles.rows();
        let packed = if self.a_in_place { 0 } else { panel_step * panels.len() };
        with_aligned_scratch(packed, |memory| {
            if !self.a_in_place {
                for (panel, memory) in panels.clone().zip(memory.chunks_exact_mut(panel_step)) {
                    self.pack_panel(self.rows_of(panel), row, memory);
                }
            }
            // What follows a sliver comes near while the panels meet it, a part with each of them; one panel is not waited for by it.
            let ahead_step = if self.b_step == width && panels.len() > 1 { width / panels.len() } else { 0 };
            // Where each panel lies is found out once: to divide for each tile took as long as a tenth of a shallow one.
            let mut lying: [Lying<'_, T>; PANELS] = [Lying::NOWHERE; PANELS];
            let lying = &mut lying[..panels.len()];
            for (number, lying) in lying.iter_mut().enumerate() {
                let rows = self.rows_of(panels.start + number);
                let (a, a_row, a_step) = if self.a_in_place {
                    (self.first_operand(0, rows.start), a[0], a[1])
                } else {
                    let memory = &memory[number * panel_step..];
                    if a[1] == 1 { (memory, row, 1) } else { (memory, 1, rows.len()) }
                };
                *lying = Lying { first: rows.start, rows: rows.len(), a, a_row, a_step };
            }
            for sliver in slivers.clone() {
                let column = sliver * width;
                let next = if sliver + 1 < slivers.end { sliver + 1 } else { slivers.start };
                // Rows that lie one after the other are read for the first time with the first sliver: those of the next panel come
                // near while this one is multiplied, which the processor does not foresee.
                let foreseen = self.a_in_place && a == [depth, 1] && sliver == slivers.start;
                for (number, &Lying { first, rows, a, a_row, a_step }) in lying.iter().enumerate() {
                    // SAFETY: the row and column lie within the result.
                    let out = unsafe { out.add(first * n + self.columns.start + column) };
                    let (near, near_row) = match self.start {
                        // What the next sums begin with; else what these are stored over.
                        Some((start, row)) if row > 0 => {
                            let (next, sliver) =
                                if number + 1 == lying.len() { (0, next) } else { (number + 1, sliver) };
                            (start[lying[next].first * row + sliver * width..].as_ptr(), row)
                        }
                        _ => (out.cast_const(), n),
                    };
                    let tile = Tile {
                        depth,
                        a: a.as_ptr(),
                        a_row,
                        a_step,
                        b: self.slivers[sliver * self.sliver_step..].as_ptr(),
                        b_step: self.b_step,
                        ahead: if foreseen {
                            a.as_ptr().wrapping_add(rows * depth)
                        } else {
                            self.slivers[next * self.sliver_step..].as_ptr().wrapping_add(number * depth * ahead_step)
                        },
                        ahead_step: if foreseen { LINE / size_of::<T>() } else { ahead_step },
                        near,
                        near_row,
                        start: self
                            .start
                            .map_or(std::ptr::null(), |(start, row)| start[first * row + column..].as_ptr()),
                        start_row: self.start.map_or(0, |(_, row)| row),
                        onto: self.onto,
                        relu: self.relu,
                        out,
                        out_row: n,
                        columns: width.min(self.columns.len() - column),
                    };
                    let registers = tile.columns.div_ceil(lanes);
                    // SAFETY: the operands hold the rows and the depth at these distances; slivers and what sums begin with are filled up
                    // to whole registers, and an operand read in place has whole registers of columns.
                    unsafe { self.tiles.run(rows, registers, &tile) };
                }
            }
        });
    }

    /// Copies rows of the first operand as tiles read them.
    fn pack_panel(&self, result: Range<usize>, row: usize, memory: &mut [T]) {
        let a = self.product.a;
        for number in 0..self.parts.len() {
            let from = self.first_operand(number, result.start);
            let at = number * self.rows.len();
            if a[1] == 1 {
                pack_rows(self.tiles, from, a[0], self.rows.len(), result.len(), &mut memory[at..], row);
            } else {
                pack_columns(from, a[1], self.rows.len(), result.len(), &mut memory[at * result.len()..]);
            }
        }
    }
}
