//! Products of matrices and chains that read them, in turns: they go over some rows while these are in the cache, so that no product is
//! stored; and a thread takes all turns on its rows, so that nobody waits for others between them.

use crate::chain::{OverRows, Program, RowPlace, RowResult};
use crate::matmul::{PackedMatrix, RowProduct, Rows, Start, for_rows};

/// A product, and the chains that read it.
pub struct Turn<'a> {
    /// The first operand.
    pub a: Factor<'a>,
    /// The second one, laid out.
    pub b: &'a PackedMatrix,
    /// What the sums begin with.
    pub start: Start<'a>,
    /// What is made of it.
    pub chains: &'a [ProductChain<'a>],
    /// Elements of the rows that chains go over.
    pub width: usize,
}

/// The first operand of a product.
#[derive(Clone, Copy, Debug)]
pub enum Factor<'a> {
    /// Rows one after the other.
    Rows(&'a [f32]),
    /// All of an array that earlier turns filled.
    Array(usize),
}

/// A chain that reads columns of a product.
pub struct ProductChain<'a> {
    /// What it computes.
    pub program: &'a Program,
    /// What of.
    pub operands: &'a [RowOperand<'a>],
    /// Where each of the program's results goes: to which array, and to which of its columns.
    pub results: &'a [(usize, usize)],
}

impl ProductChain<'_> {
    /// The last elements of a row are computed twice, so what a chain reads has to stay as it is.
    fn must_not_write_what_it_reads(&self, width: usize) {
        let meet = |operand: &RowOperand<'_>| match *operand {
            RowOperand::Array(read, first) => {
                self.results.iter().any(|&(array, at)| array == read && at.abs_diff(first) < width)
            }
            RowOperand::ArrayOfNumbers(read) => self.results.iter().any(|&(array, _)| array == read),
            _ => false,
        };
        assert!(!self.operands.iter().any(meet), "a chain that writes where it reads");
    }
}

/// Where an operand of a chain lies.
#[derive(Clone, Copy, Debug)]
pub enum RowOperand<'a> {
    /// Columns, from this one on, of the product.
    Columns(usize),
    /// Columns of an array that was filled before, and the first of them.
    Array(usize, usize),
    /// A number for each row, in an array of one column that was filled before.
    ArrayOfNumbers(usize),
    /// An element for each.
    Rows(&'a [f32]),
    /// An element for each of every row, as a bias has.
    Row(&'a [f32]),
    /// A number for each row.
    Numbers(&'a [f32]),
    /// A number for all.
    Number(&'a f32),
}

/// Takes all turns on `m` rows. Each of the arrays `outs` has a row for each.
///
/// # Panics
/// If lengths do not fit each other, columns are beyond the product's or an array's, or a chain would write where it reads.
pub fn product_chain_f32(m: usize, turns: &[Turn<'_>], outs: &mut [&mut [f32]]) {
    if m == 0 {
        return;
    }
    let arrays: Vec<RowResult> = outs
        .iter_mut()
        .map(|out| {
            assert!(out.len().is_multiple_of(m), "a row for each of the product's");
            RowResult { first: out.as_mut_ptr(), step: out.len() / m }
        })
        .collect();
    for turn in turns {
        turn.chains.iter().for_each(|chain| chain.must_not_write_what_it_reads(turn.width));
    }
    let chains = || turns.iter().flat_map(|turn| turn.chains.iter().map(move |chain| (turn, chain)));
    let lie =
        |(turn, chain): (&Turn, &ProductChain)| (operands(turn, chain, m, &arrays), results(turn, chain, &arrays));
    let lying: Vec<(Vec<RowPlace>, Vec<RowResult>)> = chains().map(lie).collect();
    let over: Vec<OverRows> = chains()
        .zip(&lying)
        .map(|((turn, chain), (operands, results))| OverRows {
            isa: turn.b.isa(),
            program: chain.program,
            row: turn.width,
            all: m * turn.width,
            operands,
            results,
        })
        .collect();
    let ends: Vec<usize> = turns
        .iter()
        .scan(0, |end, turn| {
            *end += turn.chains.len();
            Some(*end)
        })
        .collect();
    let products: Vec<RowProduct> = turns.iter().map(|turn| product(turn, m, &arrays)).collect();
    let shared = Shared(&over);
    let work = over.iter().map(|chain| chain.program.work() * chain.all).sum::<usize>();
    let then = |turn: usize, Rows { rows, sums, step }: Rows<'_>| {
        for chain in &shared.chains()[ends[turn] - turns[turn].chains.len()..ends[turn]] {
            // SAFETY: all operands and arrays have a row for each of the product's, and these rows are this call's alone.
            unsafe { chain.run(rows.clone(), sums, step) };
        }
    };
    // SAFETY: operands that are given have `m` rows, and so has each array, whose rows are filled by turns on the same ones.
    unsafe { for_rows(m, &products, work, &then) };
}

/// The product of a turn.
fn product<'a>(turn: &Turn<'a>, m: usize, arrays: &[RowResult]) -> RowProduct<'a> {
    let (a, a_step) = match turn.a {
        Factor::Rows(rows) => {
            assert_eq!(rows.len(), m * turn.b.rows(), "whole rows of the first operand");
            (rows.as_ptr(), turn.b.rows())
        }
        Factor::Array(array) => (arrays[array].first.cast_const(), arrays[array].step),
    };
    assert_eq!(a_step, turn.b.rows(), "columns of the first operand");
    RowProduct { a, a_step, b: turn.b, start: turn.start }
}

/// Where the operands of a chain lie.
fn operands(turn: &Turn<'_>, chain: &ProductChain<'_>, m: usize, arrays: &[RowResult]) -> Vec<RowPlace> {
    assert_eq!(chain.operands.len(), chain.program.inputs(), "operands of the chain");
    let elements = |of: &[f32], rows: usize, step: usize| {
        assert_eq!(of.len(), rows * turn.width, "an element for each");
        RowPlace::Elements { first: of.as_ptr(), step }
    };
    let place = |&operand: &RowOperand<'_>| match operand {
        RowOperand::Columns(first) => {
            assert!(first + turn.width <= turn.b.columns(), "columns of the product");
            RowPlace::Columns(first)
        }
        RowOperand::Array(array, column) => {
            let RowResult { first, step } = arrays[array];
            assert!(column + turn.width <= step, "columns of an array");
            RowPlace::Elements { first: first.wrapping_add(column), step }
        }
        RowOperand::ArrayOfNumbers(array) => {
            let RowResult { first, step } = arrays[array];
            assert_eq!(step, 1, "a number for each row");
            RowPlace::Number { first, step }
        }
        RowOperand::Rows(of) => elements(of, m, turn.width),
        RowOperand::Row(of) => elements(of, 1, 0),
        RowOperand::Numbers(of) => {
            assert_eq!(of.len(), m, "a number for each row");
            RowPlace::Number { first: of.as_ptr(), step: 1 }
        }
        RowOperand::Number(of) => RowPlace::Number { first: of, step: 0 },
    };
    chain.operands.iter().map(place).collect()
}

/// Where the results of a chain go.
fn results(turn: &Turn<'_>, chain: &ProductChain<'_>, arrays: &[RowResult]) -> Vec<RowResult> {
    let numbers = chain.program.results_of_rows();
    assert_eq!(chain.results.len(), numbers.len(), "an array for each result");
    let place = |(&(array, column), of_row): (&(usize, usize), bool)| {
        let RowResult { first, step } = arrays[array];
        assert!(column + if of_row { 1 } else { turn.width } <= step, "columns of an array");
        RowResult { first: first.wrapping_add(column), step }
    };
    chain.results.iter().zip(numbers).map(place).collect()
}

/// Chains that several threads go over rows by, no two over the same.
struct Shared<'a>(&'a [OverRows<'a>]);

// SAFETY: the pointers in it are to operands and results, of which each thread writes to rows of its own.
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    fn chains(&self) -> &'a [OverRows<'a>] {
        self.0
    }
}
