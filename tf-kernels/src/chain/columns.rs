//! Chains over some rows of matrices, whose operands and results may be columns of wider ones.

use super::folds::Fold;
use super::machine::{self, BLOCK, Place, Sizes};
use super::program::{Home, Program};
use crate::isa::Isa;
use crate::scratch::with_aligned_scratch;
use std::ops::Range;

/// Where an operand of a chain over rows lies. Rows are `step` elements apart, none if all have the same.
#[derive(Clone, Copy)]
pub(crate) enum RowPlace {
    /// Columns, from this one on, of the rows that were computed just before.
    Columns(usize),
    /// Elements, those of row 0 first.
    Elements { first: *const f32, step: usize },
    /// A number for each row, that of row 0 first.
    Number { first: *const f32, step: usize },
}

/// Where a result goes.
#[derive(Clone, Copy)]
pub(crate) struct RowResult {
    /// That of row 0.
    pub(crate) first: *mut f32,
    /// The distance of rows.
    pub(crate) step: usize,
}

/// A chain over rows.
pub(crate) struct OverRows<'a> {
    pub(crate) isa: Isa,
    pub(crate) program: &'a Program,
    /// How many elements a row has, and all rows have.
    pub(crate) row: usize,
    pub(crate) all: usize,
    pub(crate) operands: &'a [RowPlace],
    /// In the order in which the program names them.
    pub(crate) results: &'a [RowResult],
}

impl OverRows<'_> {
    /// Goes over some rows. `columns` are those that were computed just before, the first of which is the first of these; they lie `step`
    /// elements apart.
    ///
    /// # Safety
    /// The operands must have these rows; results must be valid for them, and nobody else may use these rows of theirs.
    pub(crate) unsafe fn run(&self, rows: Range<usize>, columns: &[f32], step: usize) {
        let OverRows { isa, program, row, all, operands, results } = *self;
        let inputs = operands.len();
        let line = if program.goes_by_rows() { row.next_multiple_of(BLOCK) } else { 0 };
        let sizes = [program.blocks() * BLOCK, program.lines() * line, program.cells()];
        with_aligned_scratch(sizes.iter().sum(), |memory: &mut [f32]| {
            let (blocks, memory) = memory.split_at_mut(sizes[0]);
            let (lines, cells) = memory.split_at_mut(sizes[1]);
            let (blocks, lines, cells) = (blocks.as_mut_ptr(), lines.as_mut_ptr(), cells.as_mut_ptr());
            let mut places = [Place::NOWHERE; Program::MOST_PLACES];
            let mut steps = [0; Program::MOST_PLACES];
            let places = &mut places[..inputs + program.links()];
            for ((place, to_next), operand) in places.iter_mut().zip(&mut steps).zip(operands) {
                let row = |first: *const f32, step: usize| first.wrapping_add(rows.start * step).cast_mut();
                (*place, *to_next) = match *operand {
                    RowPlace::Columns(first) => (Place::along(columns[first..].as_ptr().cast_mut()), step),
                    RowPlace::Elements { first, step } => (Place::along(row(first, step)), step),
                    RowPlace::Number { first, step } => (Place::number(row(first, step)), step),
                };
            }
            for (link, (place, to_next)) in places[inputs..].iter_mut().zip(&mut steps[inputs..]).enumerate() {
                // SAFETY: results are valid for the rows; memory was split for so many of each kind.
                let result = |result: usize| unsafe { results[result].first.add(rows.start * results[result].step) };
                // SAFETY: as above.
                (*place, *to_next) = unsafe {
                    match program.home(link) {
                        Home::Nowhere => (Place::NOWHERE, 0),
                        Home::Result(of) => (Place::along(result(of)), results[of].step),
                        Home::RowResult(of) => (Place::number(result(of)), results[of].step),
                        Home::Line(number) => (Place::along(lines.add(number * line)), 0),
                        Home::Block(number) => (Place::here(blocks.add(number * BLOCK)), 0),
                        Home::Cell(number) => (Place::number(cells.add(number)), 0),
                    }
                };
            }
            let mut folds = [const { Fold::new() }; Program::MOST_FOLDS];
            for _ in rows {
                // SAFETY: each place has a row's elements, or is one number; the path was detected.
                unsafe { machine::run_piece(isa, program, places, Sizes { row, all, before_line: 0 }, &mut folds) };
                places.iter_mut().zip(steps).for_each(|(place, step)| place.advance(step));
            }
        });
    }
}
