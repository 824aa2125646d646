//! Several element-wise functions and reductions over rows in one pass over memory.
//!
//! | file | what it holds |
//! |---|---|
//! | `columns` | chains over some rows, of columns of wider matrices |
//! | `folds` | reductions of rows |
//! | `lie` | how operands lie under a result, and how it is cut into pieces |
//! | `program` | links as instructions with one accumulator |
//! | `machine` | carrying them out on a few registers at a time: 128 elements, 32 or 16 |
//! | `straight` | turns that have a loop of their own |
//! | `values` | what links make of registers |
//!
//! Values go from link to link in registers. What a later link reads again waits in a few lines of the first-level cache. Where a chain
//! reduces rows, what stands before the reduction goes over a row, and then what stands behind it, while the row is in that cache.

mod columns;
mod folds;
mod lie;
mod machine;
mod program;
mod straight;
mod values;

use crate::elementwise::BinaryOp;
use crate::isa::{Isa, isa};
use crate::reduce::ReduceOp;
use crate::scratch::with_aligned_scratch;
use crate::simd::streams::{self, before_line, is_streamed};
use crate::slopes::SlopeOp;
use crate::threads::{SharedMut, for_each_index, pieces};
use crate::unary::UnaryOp;
use crate::walk::elements;
pub(crate) use columns::{OverRows, RowPlace, RowResult};
use folds::Fold;
use lie::{Cut, Lie, cut, lie};
use machine::{BLOCK, Sizes};
pub(crate) use machine::{Instruction, Place, run_code};
use program::Home;
pub use program::Program;
use std::ops::Range;

/// An operand of a link: an operand of the chain, or the value of an earlier link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// An operand of the chain.
    Input(usize),
    /// The value of a link.
    Link(usize),
}

/// One function of a chain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Link {
    /// A value as it is.
    Same(Operand),
    /// A value divided by the number of the link's elements: all of the result's, or one for each of its rows.
    Share(Operand),
    /// A function of one value.
    Unary(UnaryOp, Operand),
    /// A function of two.
    Binary(BinaryOp, Operand, Operand),
    /// A derivative, at a value, times a slope.
    Slope(SlopeOp, Operand, Operand),
    /// A number for each row: what becomes of its elements. Any reduction but the product.
    Reduce(ReduceOp, Operand),
    /// A row's number for each of its elements; for those of a mean divided by how many they are.
    Spread {
        /// What is spread.
        of: Operand,
        /// Whether it is divided.
        mean: bool,
    },
}

/// Elements that go through a chain without a reduction at once.
const PIECE: usize = 1024;

/// The shortest row over which an operand may stay one number.
const SHORTEST: usize = 32;

/// Lengths of rows that are reduced: what waits between reductions has to stay in the caches, and short rows are better reduced many
/// at a time.
pub const ROWS: std::ops::RangeInclusive<usize> = SHORTEST..=1 << 14;

/// The most elements that one thread takes at a time.
const MOST: usize = 1 << 15;

/// The most operands of a chain.
pub const MOST_INPUTS: usize = 24;

/// Whether [`chain_f32`] takes operands of these shapes for a program whose links of elements have the other.
pub fn follows<'s>(program: &Program, operands: impl Iterator<Item = &'s [usize]>, shape: &[usize]) -> bool {
    let mut lies = [Lie::Number; MOST_INPUTS];
    let mut count = 0;
    for operand in operands {
        match lie(operand, shape) {
            Some(lie) if count < MOST_INPUTS => lies[count] = lie,
            _ => return false,
        }
        count += 1;
    }
    cut_for(program, &lies[..count], shape).is_some()
}

/// How a program's result is cut, if its operands lie so that it can be: into rows if it goes by them.
fn cut_for(program: &Program, lies: &[Lie], shape: &[usize]) -> Option<Cut> {
    if !program.goes_by_rows() {
        return cut(lies.iter().copied());
    }
    let row = *shape.last()?;
    let fits = |(input, lie): (usize, &Lie)| match *lie {
        Lie::Number => true,
        Lie::Stretches(n) => n % row == 0,
        Lie::Whole => !program.is_of_row(input),
        Lie::Repeats(n) => !program.is_of_row(input) && n % row == 0,
    };
    let possible = ROWS.contains(&row) && lies.iter().enumerate().all(fits);
    possible.then_some(Cut { tiled: false, unit: row, grain: row })
}

/// Computes the links of a chain for each element of `shape`, and stores the values of those that are results in `outs`, in the order in
/// which the program names them: an element for each of the shape's, or for each of its rows.
///
/// Operands are broadcast as [`follows`] says. The values are those of the functions one after the other, bit for bit; but a mean and the mean of
/// the squared differences from it, where nobody reads these, are found together from `f64` sums of differences from the row's first element and
/// of their squares, each rounded once.
///
/// # Panics
/// If a slice does not fit its shape, or `follows` says no.
pub fn chain_f32(program: &Program, inputs: &[(&[f32], &[usize])], outs: &mut [&mut [f32]], shape: &[usize]) {
    let n = elements(shape);
    assert!(inputs.iter().all(|(input, shape)| input.len() == elements(shape)), "elements of the operands");
    assert_eq!(inputs.len(), program.inputs(), "operands of the chain");
    assert!(inputs.len() <= MOST_INPUTS, "operands of a chain");
    if n == 0 {
        return outs.iter().for_each(|out| assert!(out.is_empty(), "nothing of nothing"));
    }
    let mut lies = [Lie::Number; MOST_INPUTS];
    for (known, input) in lies.iter_mut().zip(inputs) {
        *known = lie(input.1, shape).expect("operands that lie as a chain can follow");
    }
    let lies = &lies[..inputs.len()];
    let cut = cut_for(program, lies, shape).expect("pieces that are long enough");
    assert_eq!(program.results().len(), outs.len(), "an array for each result");
    for (out, result) in outs.iter().zip(program.results()) {
        let of_row = matches!(program.home(*result), Home::RowResult(_));
        assert_eq!(out.len(), if of_row { n / cut.unit } else { n }, "elements of the results");
    }
    let work = n * program.work();
    let block = n.div_ceil(pieces(work)).min(MOST.max(cut.grain)).next_multiple_of(cut.grain);
    let outs: Vec<SharedMut<f32>> = outs.iter_mut().map(|out| SharedMut::new(out)).collect();
    // Only memory that begins within a line as that of the first of them does is stored past the caches line by line.
    let is_left = |link: usize| matches!(program.home(link), Home::Result(_)) && !program.is_read(link);
    let streamed: Vec<bool> = program.results().iter().map(|&link| is_streamed(n) && is_left(link)).collect();
    let over = OverElements { isa: isa(), program, inputs, lies, cut, outs: &outs, streamed: &streamed, n };
    for_each_index(n.div_ceil(block), work, |index| {
        // SAFETY: blocks are disjoint, and begin with a multiple of the grain.
        unsafe { over.run(index * block..n.min((index + 1) * block)) };
    });
}

/// A chain over the elements of a result.
struct OverElements<'a> {
    isa: Isa,
    program: &'a Program,
    inputs: &'a [(&'a [f32], &'a [usize])],
    /// How they lie under the result.
    lies: &'a [Lie],
    cut: Cut,
    outs: &'a [SharedMut<f32>],
    /// Which of them are stored past the caches.
    streamed: &'a [bool],
    /// Elements of the result.
    n: usize,
}

/// Memory for what goes through the machine.
struct Memory {
    /// Operands that repeat, laid out over a piece.
    tiles: *mut f32,
    blocks: *mut f32,
    lines: *mut f32,
    /// Elements of a line.
    line: usize,
    cells: *mut f32,
}

impl OverElements<'_> {
    /// Goes over some of the elements, piece by piece.
    ///
    /// # Safety
    /// They must lie within the result and begin with a multiple of the cut's grain, and nobody else may use them meanwhile.
    unsafe fn run(&self, elements: Range<usize>) {
        let Self { program, n, .. } = *self;
        let unit = self.cut.unit;
        let line = if program.goes_by_rows() { unit.next_multiple_of(BLOCK) } else { 0 };
        let repeated = (0..self.lies.len()).filter(|&input| self.repeats(input).is_some()).count();
        let sizes = [repeated * PIECE, program.blocks() * BLOCK, program.lines() * line, program.cells()];
        with_aligned_scratch(sizes.iter().sum(), |memory| {
            let (tiles, memory) = memory.split_at_mut(sizes[0]);
            let (blocks, memory) = memory.split_at_mut(sizes[1]);
            let (lines, cells) = memory.split_at_mut(sizes[2]);
            self.lay_out(tiles);
            let (tiles, blocks) = (tiles.as_mut_ptr(), blocks.as_mut_ptr());
            let memory = Memory { tiles, blocks, lines: lines.as_mut_ptr(), line, cells: cells.as_mut_ptr() };
            // Where a piece finds its elements, and which of that is elsewhere for the next one.
            let (mut places, mut moving) = ([Place::NOWHERE; Program::MOST_PLACES], [0; Program::MOST_PLACES]);
            let places = &mut places[..self.inputs.len() + program.links()];
            let mut count = 0;
            for (index, known) in places.iter_mut().enumerate() {
                *known = self.place(&memory, index, elements.start);
                if self.moves(index) {
                    moving[count] = index;
                    count += 1;
                }
            }
            let mut folds;
            let folds: &mut [Fold] = match program.folds() {
                0 => &mut [],
                count => {
                    folds = [const { Fold::new() }; Program::MOST_FOLDS];
                    &mut folds[..count]
                }
            };
            let first_streamed = self.streamed.iter().position(|&streamed| streamed);
            let mut start = elements.start;
            while start < elements.end {
                let len = (start - start % unit).saturating_add(unit).min(elements.end) - start;
                if start > elements.start {
                    moving[..count].iter().for_each(|&index| places[index] = self.place(&memory, index, start));
                }
                let before_line =
                    first_streamed.map_or(0, |result| before_line(self.outs[result].get().wrapping_add(start)));
                let sizes = Sizes { row: len, all: n, before_line };
                // SAFETY: each place has `len` elements, or is one number; the path was detected.
                unsafe { machine::run_piece(self.isa, program, places, sizes, folds) };
                start += len;
            }
            if first_streamed.is_some() {
                streams::finish();
            }
        });
    }

    /// How many elements of an operand are laid out over a whole piece, if it is.
    fn repeats(&self, input: usize) -> Option<usize> {
        match self.lies[input] {
            Lie::Repeats(n) if self.cut.tiled => Some(n),
            _ => None,
        }
    }

    /// Lays out the operands that repeat.
    fn lay_out(&self, tiles: &mut [f32]) {
        let repeated = (0..self.lies.len()).filter_map(|input| Some((input, self.repeats(input)?)));
        for ((input, n), tile) in repeated.zip(tiles.chunks_exact_mut(PIECE)) {
            tile[..self.cut.unit].chunks_exact_mut(n).for_each(|tile| tile.copy_from_slice(self.inputs[input].0));
        }
    }

    /// Whether a place is elsewhere for each piece.
    fn moves(&self, index: usize) -> bool {
        match index.checked_sub(self.inputs.len()) {
            Some(link) => matches!(self.program.home(link), Home::Result(_) | Home::RowResult(_)),
            None => !matches!(self.lies[index], Lie::Number) && self.repeats(index).is_none(),
        }
    }

    /// Where an operand or the value of a link lies for the piece that begins with an element.
    fn place(&self, memory: &Memory, index: usize, start: usize) -> Place {
        match index.checked_sub(self.inputs.len()) {
            Some(link) => self.place_of_link(memory, link, start),
            None => self.place_of_input(memory, index, start),
        }
    }

    fn place_of_input(&self, memory: &Memory, input: usize, start: usize) -> Place {
        let from = |at: usize| self.inputs[input].0[at..].as_ptr().cast_mut();
        match self.lies[input] {
            Lie::Whole => Place::along(from(start)),
            Lie::Number => Place::number(from(0)),
            Lie::Repeats(_) if self.cut.tiled => {
                let tile = (0..input).filter(|&input| self.repeats(input).is_some()).count();
                // There is a tile for each operand that repeats.
                Place::along(memory.tiles.wrapping_add(tile * PIECE))
            }
            Lie::Repeats(n) => Place::along(from(start % n)),
            Lie::Stretches(n) => Place::number(from(start / n)),
        }
    }

    fn place_of_link(&self, memory: &Memory, link: usize, start: usize) -> Place {
        let out = |result: usize, at: usize| self.outs[result].get().wrapping_add(at);
        match self.program.home(link) {
            Home::Nowhere => Place::NOWHERE,
            Home::Result(result) if self.streamed[result] => Place::streamed(out(result, start)),
            Home::Result(result) => Place::along(out(result, start)),
            Home::Line(line) => Place::along(memory.lines.wrapping_add(line * memory.line)),
            Home::Block(block) => Place::here(memory.blocks.wrapping_add(block * BLOCK)),
            Home::Cell(cell) => Place::number(memory.cells.wrapping_add(cell)),
            Home::RowResult(result) => Place::number(out(result, start / self.cut.unit)),
        }
    }
}

impl Link {
    /// Elementary operations for one element.
    fn work(self) -> usize {
        match self {
            Link::Same(_) | Link::Share(_) => 1,
            Link::Unary(op, _) => op.work(),
            Link::Binary(BinaryOp::Pow | BinaryOp::Atan2 | BinaryOp::FloorMod, ..) => 32,
            Link::Slope(op, ..) => op.work(),
            Link::Binary(..) => 2,
            Link::Reduce(..) | Link::Spread { .. } => 1,
        }
    }

    /// What it is computed from.
    pub fn operands(self) -> impl Iterator<Item = Operand> {
        let (a, b) = match self {
            Link::Same(x) | Link::Share(x) | Link::Unary(_, x) | Link::Reduce(_, x) | Link::Spread { of: x, .. } => {
                (x, None)
            }
            Link::Binary(_, a, b) | Link::Slope(_, a, b) => (a, Some(b)),
        };
        std::iter::once(a).chain(b)
    }
}
