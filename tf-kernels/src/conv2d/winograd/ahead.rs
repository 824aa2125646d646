//! Memory that a block's work comes to soon: the rows of images that the next
//! block is the first to read, the results of this one and what is added to
//! them. Rows lie far apart, so the processor does not foresee them; their lines
//! come near a few at a time, while products are computed, which ask for little.

use super::input::{Forward, Images, reach};
use super::layout::LINE;
use super::tiles::{Block, Tiles};
use super::transform::Transform;
use crate::simd::Vector;
use std::cell::Cell;

/// Rows of memory, and how far they have come.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    /// The next line, and how many are left of its row.
    next: *const f32,
    left: usize,
    /// Rows after that, lines of a row, and from the end of one to the next.
    rows: usize,
    lines: usize,
    skip: usize,
    /// Lines that come at once.
    at_once: usize,
}

impl Rows {
    pub(super) const NONE: Self = Self { next: std::ptr::null(), left: 0, rows: 0, lines: 0, skip: 0, at_once: 0 };

    /// `rows` rows of `len` elements, `step` apart, from `first` on. They are asked
    /// for in `turns` turns.
    pub(super) fn new(first: *const f32, rows: usize, len: usize, step: usize, turns: usize) -> Self {
        let lines = len.div_ceil(LINE);
        if rows == 0 || lines == 0 {
            return Self::NONE;
        }
        let at_once = (rows * lines).div_ceil(turns.max(1));
        Self { next: first, left: lines, rows: rows - 1, lines, skip: step.wrapping_sub(lines * LINE), at_once }
    }

    /// What `block` reads of the images for the transforms `D` of columns and `A`
    /// of rows, without what the blocks above it have read.
    pub(super) fn of<D: Forward, A: Forward>(images: &Images<'_>, tiles: &Tiles, block: &Block, turns: usize) -> Self {
        let place = tiles.place(block.rows.start);
        let known = if place.row == 0 { 0 } else { D::CELLS - D::Of::OUT };
        let row = place.row * D::Of::OUT;
        let top = (row + known).saturating_sub(images.above).min(images.height);
        let end = (row + reach::<D>(block.rows.len())).saturating_sub(images.above).min(images.height);
        let column = block.across.start * A::Of::OUT;
        let left = column.saturating_sub(images.left).min(images.width);
        let right = (column + reach::<A>(block.across.len())).saturating_sub(images.left).min(images.width);
        let step = images.width * images.channels;
        let first = (place.image * images.height + top) * step + left * images.channels;
        let first = images.cells.as_ptr().wrapping_add(first);
        Self::new(first, end - top, (right - left) * images.channels, step, turns)
    }

    #[inline(always)]
    fn ask(&mut self, for_line: impl Fn(*const f32)) {
        let mut due = self.at_once;
        while due > 0 && self.left > 0 {
            let count = due.min(self.left);
            (0..count).for_each(|line| for_line(self.next.wrapping_add(line * LINE)));
            self.next = self.next.wrapping_add(count * LINE);
            due -= count;
            self.left -= count;
            if self.left == 0 && self.rows > 0 {
                self.next = self.next.wrapping_add(self.skip);
                (self.left, self.rows) = (self.lines, self.rows - 1);
            }
        }
    }
}

/// Elements that the second-level caches of two threads hold. To ask for what lies there costs
/// more than it saves.
const SECOND_LEVEL: usize = 1 << 19;

/// Whether arrays of such lengths are farther away than that.
pub(super) fn is_far(lengths: &[usize]) -> bool {
    lengths.iter().sum::<usize>() > SECOND_LEVEL
}

/// Several of them.
pub(super) struct Ahead([Cell<Rows>; 4]);

impl Ahead {
    /// At most four.
    pub(super) fn new(of: impl IntoIterator<Item = Rows>) -> Self {
        let mut of = of.into_iter();
        Self(std::array::from_fn(|_| Cell::new(of.next().unwrap_or(Rows::NONE))))
    }

    /// Has the next lines of each come near.
    ///
    /// # Safety
    /// The instructions of `V` must exist.
    #[inline(always)]
    pub(super) unsafe fn come<V: Vector<Elem = f32>>(&self) {
        // SAFETY: the caller's promise; the address may be any.
        self.ask(|line| unsafe { V::prefetch(line) });
    }

    /// The same where they are more than the first-level cache has room for, beside
    /// what is computed meanwhile: no nearer than the second.
    ///
    /// # Safety
    /// As [`come`](Self::come).
    #[inline(always)]
    pub(super) unsafe fn come_nearer<V: Vector<Elem = f32>>(&self) {
        // SAFETY: as above.
        self.ask(|line| unsafe { V::prefetch_second(line) });
    }

    #[inline(always)]
    fn ask(&self, for_line: impl Fn(*const f32)) {
        for rows in &self.0 {
            let mut now = rows.get();
            if now.left > 0 {
                now.ask(&for_line);
                rows.set(now);
            }
        }
    }
}
