//! Products of matrices and the chains that read them as one step: [`ProductChain`].

mod fit;

use super::{
    buffers::Memory,
    execute::one_by_one,
    plan::Step,
    run::{Outputs, Run},
};
use crate::{dims::Dims, error::Result, ops::Op, value::Value};
use fit::{First, Fit, Source, fit};
use std::{
    fmt,
    sync::{Arc, Mutex},
};
use tf_kernels::{
    matmul::{PackedMatrix, Start},
    product_chain::{self, Factor, RowOperand, Turn, product_chain_f32},
};

/// Turns, one after the other: each is a product with a matrix that is laid out, perhaps its splitting into columns, the chains that read it or
/// its parts, and perhaps joinings of what they yield. The chains go over some rows of the product while these are in the cache, and store
/// what is joined side by side. Later turns read what earlier ones made, row by row, so that each thread takes all of them on rows of its own.
///
/// Inputs: those of the first product, and what else is read. Whether all fits is seen when it runs; if it does not, the steps are taken
/// one after the other.
#[derive(Clone)]
pub struct ProductChain(Arc<Parts>);

struct Parts {
    /// Each product, then the others of its turn. Places are numbered: the inputs, then the values of the steps in their order.
    steps: Vec<Step>,
    inputs: usize,
    /// The values that leave.
    results: Vec<usize>,
    /// How these went together with inputs of the shapes that came last; nothing if they did not.
    known: Mutex<Known>,
}

/// The shapes of inputs, and how the steps go together with them, if they do.
type Known = Option<(Vec<Dims>, Option<Arc<Fit>>)>;

impl fmt::Debug for ProductChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.0.steps.iter().map(|step| match &step.op {
            Op::FusedMatMul(op) => format!("{} ({op:?})", step.name),
            Op::Chain(chain) => format!("[{chain:?}]"),
            op => format!("{} ({})", step.name, op.type_name()),
        });
        f.write_str(&parts.collect::<Vec<_>>().join(", "))
    }
}

impl ProductChain {
    pub(super) fn new(steps: Vec<Step>, inputs: usize, results: Vec<usize>) -> ProductChain {
        ProductChain(Arc::new(Parts { steps, inputs, results, known: Mutex::default() }))
    }

    /// How many values it reads, and how many it yields.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn places(&self) -> (usize, usize) {
        (self.0.inputs, self.0.results.len())
    }

    pub(crate) fn type_name(&self) -> &'static str {
        "_MatMulChain"
    }

    pub(crate) fn run(&self, run: &mut Run<'_>) -> Result<Outputs> {
        let Some(fit) = self.fit(run) else { return one_by_one(&self.0.steps, self.0.inputs, &self.0.results, run) };
        let mut products = Vec::with_capacity(fit.turns.len());
        for turn in &fit.turns {
            let Some(product) = self.product(run, turn)? else {
                return one_by_one(&self.0.steps, self.0.inputs, &self.0.results, run);
            };
            products.push(product);
        }
        let memory = |elements: usize| run.memory::<f32>(elements);
        let elements = fit.shapes.iter().map(|shape| shape.iter().product());
        let mut outs: Vec<Memory<f32>> = elements.map(memory).collect();
        let mut within: Vec<Memory<f32>> = fit.within.iter().copied().map(memory).collect();
        let mut arrays: Vec<&mut [f32]> = outs.iter_mut().chain(&mut within).map(|out| &mut **out).collect();
        let operand = |&source: &Source| match source {
            Source::Columns(first) => RowOperand::Columns(first),
            Source::Array(array, column) => RowOperand::Array(array, column),
            Source::ArrayOfNumbers(array) => RowOperand::ArrayOfNumbers(array),
            Source::Rows(input) => RowOperand::Rows(run.slice(input)),
            Source::Row(input) => RowOperand::Row(run.slice(input)),
            Source::Numbers(input) => RowOperand::Numbers(run.slice(input)),
            Source::Number(input) => RowOperand::Number(&run.slice(input)[0]),
        };
        let operands: Vec<Vec<RowOperand>> = (fit.turns.iter().flat_map(|turn| &turn.chains))
            .map(|chain| chain.operands.iter().map(operand).collect())
            .collect();
        let chains: Vec<product_chain::ProductChain> = (fit.turns.iter().flat_map(|turn| &turn.chains))
            .zip(&operands)
            .map(|(chain, operands)| product_chain::ProductChain {
                program: self.chain(chain.step).program(),
                operands,
                results: &chain.results,
            })
            .collect();
        let mut left = &chains[..];
        let turns = fit.turns.iter().zip(&products).map(|(turn, (packed, start))| {
            let (chains, others) = left.split_at(turn.chains.len());
            left = others;
            let a = match turn.a {
                First::Given(input) => Factor::Rows(run.slice(input)),
                First::Array(array) => Factor::Array(array),
            };
            Turn { a, b: packed, start: *start, chains, width: turn.width }
        });
        product_chain_f32(fit.rows, &turns.collect::<Vec<Turn>>(), &mut arrays);
        within.into_iter().for_each(|memory| run.give_back(memory));
        Ok(Outputs::Many(fit.shapes.iter().zip(outs).map(|(shape, out)| Value::of(shape.clone(), out)).collect()))
    }

    /// The second matrix of a turn's product, and what its sums begin with.
    ///
    /// # Errors
    /// If the operands do not fit, at the op that they came of.
    fn product<'r>(&self, run: &'r Run<'_>, turn: &fit::Turn) -> Result<Option<(Arc<PackedMatrix>, Start<'r>)>> {
        let step = &self.0.steps[turn.product];
        let Op::FusedMatMul(op) = &step.op else { unreachable!("the first step of a turn is a product") };
        let third = step.inputs.get(2).map(|input| input.0);
        let start = op.start(run, &turn.of, third).map_err(|error| step.locate(error))?;
        Ok(op.laid_out(run, step.inputs[1].0).map(|packed| (packed, start)))
    }

    fn chain(&self, step: usize) -> &super::chain::Chain {
        let Op::Chain(chain) = &self.0.steps[step].op else { unreachable!("it was found to be a chain") };
        chain
    }

    /// How the steps go together with inputs of these shapes.
    fn fit(&self, run: &Run<'_>) -> Option<Arc<Fit>> {
        let mut known = self.0.known.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some((shapes, fit)) = &*known
            && shapes.iter().zip(run.inputs()).all(|(shape, input)| shape == input.dims())
        {
            return fit.clone();
        }
        let shapes: Vec<Dims> = run.inputs().iter().map(|input| input.dims().clone()).collect();
        let fit = fit(&self.0.steps, shapes.clone(), &self.0.results).map(Arc::new);
        *known = Some((shapes, fit.clone()));
        fit
    }
}
