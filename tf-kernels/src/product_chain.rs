//! A product of matrices and chains that read it: they go over some rows while these are in the cache, so that the product is not stored.

use crate::chain::{OverRows, Program, RowOperand, RowResult};
use crate::matmul::{PackedMatrix, Rows, Start, for_rows};

/// A chain that reads columns of a product.
pub struct ProductChain<'a> {
    /// What it computes.
    pub program: &'a Program,
    /// What of: [`RowOperand::Columns`] are those of the product.
    pub operands: &'a [RowOperand<'a>],
    /// Where each of the program's results goes: to which array, and to which of its columns.
    pub results: &'a [(usize, usize)],
}

/// The product of `a`, rows one after the other, with a matrix that was laid out, whose sums begin with `start`; and what chains over rows of
/// `width` elements make of it. The arrays `outs` have a row for each row of the product.
///
/// # Panics
/// If lengths do not fit each other, or columns are beyond the product's or an array's.
pub fn product_chain_f32(
    a: &[f32],
    b: &PackedMatrix,
    start: Start<'_>,
    chains: &[ProductChain<'_>],
    width: usize,
    outs: &mut [&mut [f32]],
) {
    assert!(a.len().is_multiple_of(b.rows()), "whole rows of the first operand");
    let m = a.len() / b.rows();
    if m == 0 || width == 0 {
        return;
    }
    let arrays: Vec<RowResult> = outs
        .iter_mut()
        .map(|out| {
            assert!(out.len().is_multiple_of(m), "a row for each of the product's");
            RowResult { first: out.as_mut_ptr(), step: out.len() / m }
        })
        .collect();
    let results: Vec<Vec<RowResult>> = chains.iter().map(|chain| results(chain, width, &arrays)).collect();
    let over: Vec<OverRows> = chains
        .iter()
        .zip(&results)
        .map(|(chain, results)| {
            chain.operands.iter().for_each(|operand| assert_fits(*operand, b.columns(), m, width));
            assert_eq!(chain.operands.len(), chain.program.inputs(), "operands of the chain");
            OverRows {
                isa: b.isa(),
                program: chain.program,
                row: width,
                all: m * width,
                operands: chain.operands,
                results,
            }
        })
        .collect();
    let shared = Shared(&over);
    let work = over.iter().map(|chain| chain.program.work()).sum::<usize>() * m * width;
    for_rows(a, b, start, work, &|Rows { rows, sums, step }| {
        for chain in shared.chains() {
            // SAFETY: all operands and arrays have a row for each of the product's, and these rows are this call's alone.
            unsafe { chain.run(rows.clone(), sums, step) };
        }
    });
}

/// Where the results of a chain go.
fn results(chain: &ProductChain<'_>, width: usize, arrays: &[RowResult]) -> Vec<RowResult> {
    let numbers = chain.program.results_of_rows();
    assert_eq!(chain.results.len(), numbers.len(), "an array for each result");
    let place = |(&(array, column), of_row): (&(usize, usize), bool)| {
        let RowResult { first, step } = arrays[array];
        assert!(column + if of_row { 1 } else { width } <= step, "columns of an array");
        RowResult { first: first.wrapping_add(column), step }
    };
    chain.results.iter().zip(numbers).map(place).collect()
}

fn assert_fits(operand: RowOperand<'_>, columns: usize, m: usize, width: usize) {
    match operand {
        RowOperand::Columns(first) => assert!(first + width <= columns, "columns of the product"),
        RowOperand::Rows(of) => assert_eq!(of.len(), m * width, "an element for each"),
        RowOperand::Row(of) => assert_eq!(of.len(), width, "an element for each of a row"),
        RowOperand::Numbers(of) => assert_eq!(of.len(), m, "a number for each row"),
        RowOperand::Number(_) => {}
    }
}

/// Chains that several threads go over rows by, no two over the same.
struct Shared<'a>(&'a [OverRows<'a>]);

// SAFETY: the pointers in it are to results, of which each thread uses rows of its own.
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    fn chains(&self) -> &'a [OverRows<'a>] {
        self.0
    }
}
