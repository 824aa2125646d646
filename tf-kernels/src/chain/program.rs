//! The links of a chain as instructions.
//!
//! A reduction ends a *turn*: what it yields is there when the row has been gone over, and serves the turns after it. Each turn is one
//! walk along the row. A link is computed in the latest turn that needs it, since its operands are read from the cache in any.

use super::folds::Folding;
use super::machine::{Count, Instruction};
use super::{Link, MOST_INPUTS, Operand};
use crate::elementwise::BinaryOp;
use crate::reduce::ReduceOp;

/// Links with their instructions, made once for any number of calls.
#[derive(Clone, Debug)]
pub struct Program {
    turns: Vec<Turn>,
    homes: Vec<Home>,
    /// Whether the value of a link is read where it lies.
    read: Vec<bool>,
    results: Vec<usize>,
    inputs: usize,
    /// Operands that numbers of rows are made of, or that are spread over them.
    of_row: Vec<bool>,
    blocks: usize,
    lines: usize,
    cells: usize,
    folds: usize,
    by_rows: bool,
    work: usize,
}

/// What is computed once for the row, and then for each of its elements.
#[derive(Clone, Debug, Default)]
pub(super) struct Turn {
    pub(super) of_row: Vec<Instruction>,
    pub(super) of_elements: Vec<Instruction>,
    pub(super) folds: Vec<FoldTo>,
}

/// A reduction of a turn, its number, and the place of its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct FoldTo {
    pub(super) op: Folding,
    pub(super) fold: usize,
    pub(super) to: usize,
}

/// Where the value of a link lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// In the accumulator only.
    Nowhere,
    /// In a result.
    Result(usize),
    /// In memory for a whole row, since another turn reads it.
    Line(usize),
    /// In memory for what goes through the machine at once.
    Block(usize),
    /// A number for the row.
    Cell(usize),
    /// A number for the row, in a result.
    RowResult(usize),
}

impl Program {
    /// The most links of a program.
    pub const MOST_LINKS: usize = 40;

    /// The most reductions of a program.
    pub const MOST_FOLDS: usize = 8;

    pub(super) const MOST_PLACES: usize = MOST_INPUTS + Self::MOST_LINKS;

    /// A program of these links on so many operands, that stores the values of `results`. `of_row` says which links are one number for
    /// each row: every reduction, and what is computed of such numbers alone.
    ///
    /// # Panics
    /// If there are too many links or reductions, a link names an operand that is not before it, a reduction is not one of the row, or
    /// what is one number for each row is computed of a link that is not.
    pub fn new(links: &[Link], of_row: &[bool], inputs: usize, results: &[usize]) -> Program {
        assert!(links.len() <= Self::MOST_LINKS, "links of a chain");
        assert_eq!(links.len(), of_row.len(), "each link is of a row or of its elements");
        let pairs = Pairs::among(links, results);
        let turn_of = turns(links, of_row, &pairs);
        let count = turn_of.iter().max().map_or(0, |last| last + 1);
        let mut inputs_of_row = vec![false; inputs];
        for (link, of_row) in links.iter().zip(of_row) {
            if matches!(link, Link::Spread { .. }) || *of_row && !matches!(link, Link::Reduce(..)) {
                for operand in link.operands() {
                    if let Operand::Input(input) = operand {
                        inputs_of_row[input] = true;
                    }
                }
            }
        }
        let mut program = Program {
            of_row: inputs_of_row,
            turns: vec![Turn::default(); count],
            homes: vec![Home::Nowhere; links.len()],
            read: Vec::new(),
            results: results.to_vec(),
            inputs,
            blocks: 0,
            lines: 0,
            cells: 0,
            folds: 0,
            by_rows: links.iter().any(|link| matches!(link, Link::Reduce(..) | Link::Spread { .. })),
            work: links.iter().map(|link| link.work()).sum(),
        };
        let mut read = vec![false; links.len()];
        let mut elsewhere = vec![false; links.len()];
        for turn in 0..count {
            for rows in [true, false] {
                let now =
                    |link: usize| turn_of[link] == turn && !pairs.is_spared(link) && is_now(links, of_row, link, rows);
                program.generate(links, &pairs, turn, rows, &now, |link| {
                    read[link] = true;
                    elsewhere[link] |= turn_of[link] != turn;
                });
            }
        }
        for link in 0..links.len() {
            let result = results.iter().position(|&result| result == link);
            let next = |count: &mut usize| std::mem::replace(count, *count + 1);
            program.homes[link] = match result {
                Some(result) if of_row[link] => Home::RowResult(result),
                Some(result) => Home::Result(result),
                None if of_row[link] => Home::Cell(next(&mut program.cells)),
                None if elsewhere[link] => Home::Line(next(&mut program.lines)),
                None if read[link] => Home::Block(next(&mut program.blocks)),
                None => Home::Nowhere,
            };
        }
        // What nobody reads is not stored.
        let homes = &program.homes;
        let stored =
            |code: &Instruction| !matches!(*code, Instruction::Store(place) if homes[place - inputs] == Home::Nowhere);
        for turn in &mut program.turns {
            turn.of_row.retain(stored);
            turn.of_elements.retain(stored);
        }
        program.read = read;
        program.look_ahead();
        program
    }

    /// Has what is needed soon come near while the first turns compute: in the first one where later ones will store, in the second one,
    /// unless it is the last, what is read. The last one is left alone, since all that it asked for would wait behind its stores.
    fn look_ahead(&mut self) {
        let [first, second, others @ ..] = &mut self.turns[..] else { return };
        let read = |code: &Instruction| match *code {
            Instruction::Load(place)
            | Instruction::Binary { other: place, .. }
            | Instruction::Slope { other: place, .. } => Some(place),
            _ => None,
        };
        let stored = |code: &Instruction| match *code {
            Instruction::Store(place) => Some(place),
            _ => None,
        };
        let is_result = |place: usize| matches!(self.homes[place - self.inputs], Home::Result(_));
        let later = std::iter::once(&*second).chain(&*others);
        let results =
            later.flat_map(|turn| turn.of_elements.iter().filter_map(stored)).filter(|&place| is_result(place));
        let mut near: Vec<Instruction> = results.map(|place| Instruction::Near { place, times: 1 }).collect();
        let mut inputs: Vec<usize> =
            first.of_elements.iter().filter_map(read).filter(|&place| place < self.inputs).collect();
        inputs.sort_unstable();
        inputs.dedup();
        let inputs = inputs.into_iter().map(|place| Instruction::Near { place, times: 2 });
        if others.is_empty() {
            near.extend(inputs);
        } else {
            second.of_elements.splice(0..0, inputs);
        }
        first.of_elements.splice(0..0, near);
    }

    /// The instructions of one turn, for the row or for its elements; `reads` is told of each link that is read from memory.
    fn generate(
        &mut self,
        links: &[Link],
        pairs: &Pairs,
        turn: usize,
        rows: bool,
        now: &dyn Fn(usize) -> bool,
        mut reads: impl FnMut(usize),
    ) {
        let inputs = self.inputs;
        let mut place = |operand: Operand| match operand {
            Operand::Input(input) => {
                assert!(input < inputs, "an operand of the chain");
                input
            }
            Operand::Link(link) => {
                reads(link);
                inputs + link
            }
        };
        let mut held = None;
        let mut code = Vec::new();
        for (at, link) in links.iter().enumerate().filter(|&(at, _)| now(at)) {
            let is_held = |operand: Operand| held == Some(operand);
            match *link {
                Link::Same(x) | Link::Share(x) | Link::Unary(_, x) => {
                    if !is_held(x) {
                        code.push(Instruction::Load(place(x)));
                    }
                    match *link {
                        Link::Unary(op, _) => code.push(Instruction::Unary(op)),
                        Link::Share(_) => code.push(Instruction::Share(Count::All)),
                        _ => {}
                    }
                }
                Link::Binary(..) | Link::Slope(..) => {
                    let (a, b) = match *link {
                        Link::Binary(_, a, b) | Link::Slope(_, a, b) => (a, b),
                        _ => unreachable!("links of two operands"),
                    };
                    let reversed = is_held(b) && !is_held(a);
                    if !reversed && !is_held(a) {
                        code.push(Instruction::Load(place(a)));
                    }
                    let other = place(if reversed { a } else { b });
                    code.push(match *link {
                        Link::Binary(op, ..) => Instruction::Binary { op, other, reversed },
                        Link::Slope(op, ..) => Instruction::Slope { op, other, reversed },
                        _ => unreachable!("links of two operands"),
                    });
                }
                Link::Reduce(op, x) => {
                    if !is_held(x) {
                        code.push(Instruction::Load(place(x)));
                        held = Some(x);
                    }
                    let fold = self.folds;
                    let (instruction, op) = match pairs.variance_beside(at) {
                        Some(link) => (Instruction::Moments { fold }, Folding::Moments { variance: inputs + link }),
                        None => (Instruction::Reduce { op, fold }, Folding::Reduce(op)),
                    };
                    code.push(instruction);
                    self.turns[turn].folds.push(FoldTo { op, fold, to: inputs + at });
                    self.folds += 1;
                    assert!(self.folds <= Self::MOST_FOLDS, "reductions of a chain");
                    continue;
                }
                Link::Spread { of, mean } => {
                    code.push(Instruction::Load(place(of)));
                    if mean {
                        code.push(Instruction::Share(Count::Row));
                    }
                }
            }
            code.push(Instruction::Store(inputs + at));
            held = Some(Operand::Link(at));
        }
        if rows {
            self.turns[turn].of_row = code;
        } else {
            self.turns[turn].of_elements = code;
        }
    }

    pub(super) fn turns(&self) -> &[Turn] {
        &self.turns
    }

    pub(super) fn home(&self, link: usize) -> Home {
        self.homes[link]
    }

    /// Whether a link reads the value of this one where it lies, and not in the accumulator.
    pub(super) fn is_read(&self, link: usize) -> bool {
        self.read[link]
    }

    /// The links whose values are results, in the order of the arrays that they are stored in.
    pub(super) fn results(&self) -> &[usize] {
        &self.results
    }

    /// For each result whether it is a number for each row.
    pub(crate) fn results_of_rows(&self) -> Vec<bool> {
        self.results.iter().map(|&link| matches!(self.homes[link], Home::RowResult(_))).collect()
    }

    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    pub(super) fn links(&self) -> usize {
        self.homes.len()
    }

    pub(super) fn blocks(&self) -> usize {
        self.blocks
    }

    pub(super) fn lines(&self) -> usize {
        self.lines
    }

    pub(super) fn folds(&self) -> usize {
        self.folds
    }

    pub(super) fn cells(&self) -> usize {
        self.cells
    }

    /// Whether an operand has to be a number for each row.
    pub fn is_of_row(&self, input: usize) -> bool {
        self.of_row[input]
    }

    /// Whether it goes row by row, since it reduces rows or spreads numbers over them.
    pub fn goes_by_rows(&self) -> bool {
        self.by_rows
    }

    /// Elementary operations for one element.
    pub(crate) fn work(&self) -> usize {
        self.work.max(1)
    }
}

/// Whether a link is computed with those of the row: a reduction is one of the elements that it takes.
fn is_now(links: &[Link], of_row: &[bool], link: usize, rows: bool) -> bool {
    (of_row[link] && !matches!(links[link], Link::Reduce(..))) == rows
}

/// Means and variances of the same elements, which one turn finds together.
struct Pairs {
    /// For each mean its variance.
    variances: Vec<Option<usize>>,
    /// For each variance its mean.
    means: Vec<Option<usize>>,
    /// The squared differences that it is the mean of.
    squares: Vec<bool>,
}

impl Pairs {
    fn among(links: &[Link], results: &[usize]) -> Pairs {
        let nothing = vec![None; links.len()];
        let mut pairs = Pairs { variances: nothing.clone(), means: nothing, squares: vec![false; links.len()] };
        for (at, link) in links.iter().enumerate() {
            let Link::Reduce(ReduceOp::Mean, Operand::Link(squares)) = *link else { continue };
            let Link::Binary(BinaryOp::SquaredDifference, x, Operand::Link(mean)) = links[squares] else { continue };
            let readers = links.iter().flat_map(|link| link.operands()).filter(|&of| of == Operand::Link(squares));
            if links[mean] == Link::Reduce(ReduceOp::Mean, x)
                && pairs.variances[mean].is_none()
                && readers.count() == 1
                && !results.contains(&squares)
            {
                (pairs.variances[mean], pairs.means[at], pairs.squares[squares]) = (Some(at), Some(mean), true);
            }
        }
        pairs
    }

    fn variance_beside(&self, mean: usize) -> Option<usize> {
        self.variances[mean]
    }

    fn mean_beside(&self, variance: usize) -> Option<usize> {
        self.means[variance]
    }

    /// Whether a link has no instructions of its own.
    fn is_spared(&self, link: usize) -> bool {
        self.squares[link] || self.means[link].is_some()
    }
}

/// The turn in which each link is computed.
fn turns(links: &[Link], of_row: &[bool], pairs: &Pairs) -> Vec<usize> {
    // First as early as can be: what is reduced in a turn is there in the next.
    let mut turns = vec![0; links.len()];
    let reduction = |link: usize| matches!(links[link], Link::Reduce(..));
    for (at, link) in links.iter().enumerate() {
        assert!(of_row[at] || !reduction(at), "what reduces a row is a number for it");
        let mut turn = 0;
        for operand in link.operands() {
            let Operand::Link(j) = operand else { continue };
            assert!(j < at, "a link follows what it is computed from");
            assert!(
                !of_row[at] || reduction(at) != of_row[j],
                "numbers of rows are made of such, and reductions of elements"
            );
            turn = turn.max(turns[j] + usize::from(reduction(j)));
        }
        turns[at] = pairs.mean_beside(at).map_or(turn, |mean| turns[mean]);
    }
    // Then each link of elements as late as its readers allow; nobody waits for what has none.
    let mut latest = vec![usize::MAX; links.len()];
    for (at, link) in links.iter().enumerate().rev() {
        if !of_row[at] && latest[at] != usize::MAX {
            turns[at] = latest[at];
        }
        if pairs.is_spared(at) {
            continue;
        }
        for operand in link.operands() {
            if let Operand::Link(j) = operand {
                latest[j] = latest[j].min(turns[at]);
            }
        }
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unary::UnaryOp;
    use Operand::{Input, Link as Of};

    #[test]
    fn values_that_the_next_link_takes_are_not_stored() {
        let links = [
            Link::Binary(BinaryOp::Mul, Input(0), Input(1)),
            Link::Unary(UnaryOp::Exp, Of(0)),
            Link::Binary(BinaryOp::Sub, Input(0), Of(1)),
            Link::Binary(BinaryOp::Add, Of(2), Of(1)),
        ];
        let program = Program::new(&links, &[false; 4], 2, &[3]);
        assert_eq!(program.homes, [Home::Nowhere, Home::Block(0), Home::Nowhere, Home::Result(0)]);
        let stores = program.turns[0].of_elements.iter().filter(|code| matches!(code, Instruction::Store(_)));
        assert_eq!((program.turns.len(), stores.count()), (1, 2));
    }

    #[test]
    fn a_reduction_ends_a_turn() {
        // Normalization: mean, squares of the differences, their mean, a factor for the row, and differences by it.
        let links = [
            Link::Reduce(ReduceOp::Mean, Input(0)),
            Link::Binary(BinaryOp::Sub, Input(0), Of(0)),
            Link::Binary(BinaryOp::SquaredDifference, Input(0), Of(0)),
            Link::Reduce(ReduceOp::Mean, Of(2)),
            Link::Unary(UnaryOp::Rsqrt, Of(3)),
            Link::Binary(BinaryOp::Mul, Of(1), Of(4)),
        ];
        let of_row = [true, false, false, true, true, false];
        assert_eq!(turns(&links, &of_row, &Pairs::among(&links, &[2])), [0, 2, 1, 1, 2, 2]);
        let program = Program::new(&links, &of_row, 1, &[5, 4]);
        // The difference is computed where it is used, so nothing waits for the length of a row; the variance comes with the mean.
        assert_eq!((program.lines, program.homes[1], program.homes[4]), (0, Home::Nowhere, Home::RowResult(1)));
        assert_eq!((program.turns.len(), program.turns[1].of_row.len()), (2, 3), "load, root, store");
        // Squares that somebody reads are computed.
        let program = Program::new(&links, &of_row, 1, &[5, 2]);
        assert_eq!((program.turns.len(), program.homes[2]), (3, Home::Result(1)));
    }

    #[test]
    fn what_two_turns_read_waits_for_the_row() {
        let links = [
            Link::Unary(UnaryOp::Exp, Input(0)),
            Link::Reduce(ReduceOp::Sum, Of(0)),
            Link::Binary(BinaryOp::Div, Of(0), Of(1)),
        ];
        let program = Program::new(&links, &[false, true, false], 1, &[2]);
        assert_eq!(program.homes, [Home::Line(0), Home::Cell(0), Home::Result(0)]);
    }
}
