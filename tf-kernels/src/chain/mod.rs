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
use crate::isa::isa;
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
    let Cut { tiled, unit, grain } = cut_for(program, lies, shape).expect("pieces that are long enough");
    assert_eq!(program.results().len(), outs.len(), "an array for each result");
    for (out, result) in outs.iter().zip(program.results()) {
        let of_row = matches!(program.home(*result), Home::RowResult(_));
        assert_eq!(out.len(), if of_row { n / unit } else { n }, "elements of the results");
    }
    let work = n * program.work();
    let block = n.div_ceil(pieces(work)).min(MOST.max(grain)).next_multiple_of(grain);
    let outs: Vec<SharedMut<f32>> = outs.iter_mut().map(|out| SharedMut::new(out)).collect();
    let repeats = |lie: &Lie| tiled && matches!(lie, Lie::Repeats(_));
    let repeated = lies.iter().filter(|lie| repeats(lie)).count();
    let line = if program.goes_by_rows() { unit.next_multiple_of(BLOCK) } else { 0 };
    // Only memory that begins within a line as that of the first of them does is stored past the caches line by line.
    let is_left = |link: usize| matches!(program.home(link), Home::Result(_)) && !program.is_read(link);
    let streamed: Vec<bool> = program.results().iter().map(|&link| is_streamed(n) && is_left(link)).collect();
    let first_streamed = streamed.iter().position(|&streamed| streamed);
    let isa = isa();
    for_each_index(n.div_ceil(block), work, |index| {
        let sizes = [repeated * PIECE, program.blocks() * BLOCK, program.lines() * line, program.cells()];
        with_aligned_scratch(sizes.iter().sum(), |memory| {
            let (tiles, memory) = memory.split_at_mut(sizes[0]);
            let (blocks, memory) = memory.split_at_mut(sizes[1]);
            let (lines, cells) = memory.split_at_mut(sizes[2]);
            for ((lie, (input, _)), tile) in
                lies.iter().zip(inputs).filter(|(lie, _)| repeats(lie)).zip(tiles.chunks_exact_mut(PIECE))
            {
                let Lie::Repeats(n) = *lie else { unreachable!("only those that repeat were kept") };
                tile[..unit].chunks_exact_mut(n).for_each(|tile| tile.copy_from_slice(input));
            }
            let (tiles, blocks, lines, cells) =
                (tiles.as_mut_ptr(), blocks.as_mut_ptr(), lines.as_mut_ptr(), cells.as_mut_ptr());
            let place_of_input = |input: usize, start: usize| {
                let from = |at: usize| inputs[input].0[at..].as_ptr().cast_mut();
                match lies[input] {
                    Lie::Whole => Place::along(from(start)),
                    Lie::Number => Place::number(from(0)),
                    Lie::Repeats(_) if tiled => {
                        let tile = lies[..input].iter().filter(|lie| repeats(lie)).count();
                        // SAFETY: there is a tile for each operand that repeats.
                        Place::along(unsafe { tiles.add(tile * PIECE) })
                    }
                    Lie::Repeats(n) => Place::along(from(start % n)),
                    Lie::Stretches(n) => Place::number(from(start / n)),
                }
            };
            // SAFETY: blocks of elements are disjoint, and pieces lie within their block; memory was split for so many of each kind.
            let place_of_link = |link: usize, start: usize| unsafe {
                match program.home(link) {
                    Home::Nowhere => Place::NOWHERE,
                    Home::Result(result) if streamed[result] => Place::streamed(outs[result].get().add(start)),
                    Home::Result(result) => Place::along(outs[result].get().add(start)),
                    Home::Line(line_of) => Place::along(lines.add(line_of * line)),
                    Home::Block(block) => Place::here(blocks.add(block * BLOCK)),
                    Home::Cell(cell) => Place::number(cells.add(cell)),
                    Home::RowResult(result) => Place::number(outs[result].get().add(start / unit)),
                }
            };
            let place = |index: usize, start: usize| match index.checked_sub(inputs.len()) {
                Some(link) => place_of_link(link, start),
                None => place_of_input(index, start),
            };
            let end = n.min((index + 1) * block);
            let first = index * block;
            // Where a piece finds its elements, and which of that is elsewhere for the next one.
            let (mut places, mut moving) = ([Place::NOWHERE; Program::MOST_PLACES], [0; Program::MOST_PLACES]);
            let places = &mut places[..inputs.len() + program.links()];
            let mut count = 0;
            for (index, known) in places.iter_mut().enumerate() {
                *known = place(index, first);
                let moves = match index.checked_sub(inputs.len()) {
                    Some(link) => matches!(program.home(link), Home::Result(_) | Home::RowResult(_)),
                    None => !matches!(lies[index], Lie::Number) && !repeats(&lies[index]),
                };
                if moves {
                    moving[count] = index;
                    count += 1;
                }
            }
            let mut memory;
            let folds: &mut [Fold] = match program.folds() {
                0 => &mut [],
                count => {
                    memory = [const { Fold::new() }; Program::MOST_FOLDS];
                    &mut memory[..count]
                }
            };
            let mut start = first;
            while start < end {
                let len = (start - start % unit).saturating_add(unit).min(end) - start;
                if start > first {
                    moving[..count].iter().for_each(|&index| places[index] = place(index, start));
                }
                let before_line =
                    first_streamed.map_or(0, |result| before_line(outs[result].get().wrapping_add(start)));
                let sizes = Sizes { row: len, all: n, before_line };
                // SAFETY: each place has `len` elements, or is one number; the path was detected.
                unsafe { machine::run_piece(isa, program, places, sizes, folds) };
                start += len;
            }
            if first_streamed.is_some() {
                streams::finish();
            }
        });
    });
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
