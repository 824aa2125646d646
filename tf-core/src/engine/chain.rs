//! Several element-wise steps as one, and reductions over the last axis among them: [`Chain`].

use super::{
    buffers::Memory,
    execute::{one_by_one, output_shape},
    plan::Step,
    run::{Outputs, Run},
};
use crate::{
    dims::Dims,
    dtype::DType,
    error::Result,
    ops::Op,
    shape::{Dim, Shape, is_size},
    value::Value,
};
use std::{fmt, sync::Arc};
use tf_kernels::{
    chain::{Link, Operand, Program, ROWS, chain_f32, follows},
    elementwise::BinaryOp,
    reduce::ReduceOp,
};

/// Steps that are computed together, piece by piece; row by row, if some reduce rows.
///
/// Whether they can be is seen when they run: all must come out in one shape, or as numbers for its rows, and the operands lie under it as
/// the kernel follows. Otherwise they are taken one after the other.
#[derive(Clone)]
pub struct Chain(Arc<Links>);

struct Links {
    /// The steps. Their inputs are numbered: those of the chain, then the values of the steps in their order.
    steps: Vec<Step>,
    program: Program,
    inputs: usize,
    /// The steps whose values leave the chain.
    results: Vec<usize>,
    /// For each step whether it is a number for each row.
    of_row: Vec<bool>,
    /// What has an element for each: the inputs of reductions, and the values of all that are no numbers for rows.
    of_elements: Vec<usize>,
    /// The inputs of one dimension less, which are spread over the last.
    spread: Vec<usize>,
}

/// The shapes of a chain's values.
pub(super) struct Shapes {
    /// Of what has an element for each.
    pub(super) elements: Dims,
    pub(super) results: Vec<Dims>,
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.steps.iter().map(|step| format!("{} ({})", step.name, step.op.type_name()));
        f.write_str(&names.collect::<Vec<_>>().join(", "))
    }
}

impl Chain {
    /// A chain of these steps, whose inputs are numbered as in the chain; `kinds` says as what each is taken, `of_row` which are numbers for
    /// rows.
    pub(super) fn new(
        steps: Vec<Step>,
        kinds: &[Kind],
        of_row: Vec<bool>,
        inputs: usize,
        results: Vec<usize>,
    ) -> Chain {
        let operand = |number: usize| match number.checked_sub(inputs) {
            Some(link) => Operand::Link(link),
            None => Operand::Input(number),
        };
        let of = |(step, &kind): (&Step, &Kind)| {
            let operands: Vec<Operand> = step.inputs.iter().map(|input| operand(input.0)).collect();
            link(step, kind, &operands).expect("the steps of a chain are links")
        };
        let links: Vec<Link> = steps.iter().zip(kinds).map(of).collect();
        let program = Program::new(&links, &of_row, inputs, &results);
        let narrow = |(step, &kind): (&Step, &Kind)| match &step.op {
            Op::SpreadLike(op) if kind == Kind::Spread && !op.keeps() => {
                Some(step.inputs[0].0).filter(|&input| input < inputs)
            }
            _ => None,
        };
        let spread = steps.iter().zip(kinds).filter_map(narrow).collect();
        let of_elements = |(at, link): (usize, &Link)| match (link, of_row[at]) {
            (Link::Reduce(..), _) => Some(steps[at].inputs[0].0),
            (_, of_row) => (!of_row).then_some(inputs + at),
        };
        let of_elements = links.iter().enumerate().filter_map(of_elements).collect();
        Chain(Arc::new(Links { steps, program, inputs, results, of_row, of_elements, spread }))
    }

    pub(crate) fn type_name(&self) -> &'static str {
        if self.0.program.goes_by_rows() { "RowChain" } else { "Chain" }
    }

    /// How many values it reads, and how many it yields.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn places(&self) -> (usize, usize) {
        (self.0.inputs, self.0.results.len())
    }

    pub(crate) fn run(&self, run: &mut Run<'_>) -> Result<Outputs> {
        let Links { program, inputs, spread, .. } = &*self.0;
        debug_assert_eq!(run.inputs().len(), *inputs, "a chain is given what it reads");
        let of = run.inputs().iter().map(|value| value.dims().clone());
        let Some(shapes) = self.shapes_of(of)? else { return self.apart(run) };
        let widened: Vec<Vec<usize>> = spread.iter().map(|&input| [run.input(input).shape(), &[1]].concat()).collect();
        let shape_of = |input: usize| match spread.iter().position(|&spread| spread == input) {
            Some(which) => &widened[which][..],
            None => run.input(input).shape(),
        };
        if !follows(program, (0..*inputs).map(shape_of), &shapes.elements) {
            return self.apart(run);
        }
        let operands: Vec<(&[f32], &[usize])> =
            (0..*inputs).map(|input| (run.slice::<f32>(input), shape_of(input))).collect();
        let memory = |shape: &Dims| run.memory::<f32>(shape.iter().product());
        let mut outs: Vec<Memory<f32>> = shapes.results.iter().map(memory).collect();
        let mut parts: Vec<&mut [f32]> = outs.iter_mut().map(|out| &mut **out).collect();
        chain_f32(program, &operands, &mut parts, &shapes.elements);
        let values = shapes.results.into_iter().zip(outs).map(|(shape, out)| Value::of(shape, out));
        Ok(Outputs::Many(values.collect()))
    }

    /// Its steps one after the other.
    fn apart(&self, run: &mut Run<'_>) -> Result<Outputs> {
        let Links { steps, inputs, results, .. } = &*self.0;
        let results: Vec<usize> = results.iter().map(|result| inputs + result).collect();
        one_by_one(steps, *inputs, &results, run)
    }

    /// Its steps, whose inputs are numbered: those of the chain, then the values of the steps in their order; how many inputs there are; and the
    /// steps whose values leave.
    pub(super) fn links(&self) -> (&[Step], usize, &[usize]) {
        (&self.0.steps, self.0.inputs, &self.0.results)
    }

    /// What it computes.
    pub(super) fn program(&self) -> &Program {
        &self.0.program
    }

    /// Whether an input is of one dimension less, and spread over the last.
    pub(super) fn is_spread(&self, input: usize) -> bool {
        self.0.spread.contains(&input)
    }

    /// The shapes of the steps' values with inputs of these shapes, if they are as those of a chain have to be: one shape, or that of its rows.
    ///
    /// # Errors
    /// What the rule of a step refuses, at that step.
    pub(super) fn shapes_of(&self, of: impl Iterator<Item = Dims>) -> Result<Option<Shapes>> {
        let Links { steps, inputs, results, of_row, of_elements, .. } = &*self.0;
        let mut shapes: Vec<Dims> = of.collect();
        for step in steps {
            let of = step.inputs.iter().map(|input| &*shapes[input.0]);
            let shape = output_shape(step, of).map_err(|error| step.locate(error))?;
            shapes.push(shape);
        }
        let first = of_elements.first().expect("a chain has elements");
        let elements = shapes[*first].clone();
        let rows = elements.split_last().map(|(_, rows)| rows);
        let is_row = |shape: &[usize]| rows.is_some_and(|rows| shape == rows || shape.strip_suffix(&[1]) == Some(rows));
        let fit = of_elements.iter().all(|&place| shapes[place] == elements)
            && shapes[*inputs..].iter().zip(of_row).all(|(shape, of_row)| !of_row || is_row(shape));
        let result = |&result: &usize| shapes[inputs + result].clone();
        Ok(fit.then(|| Shapes { results: results.iter().map(result).collect(), elements }))
    }
}

/// What kind of link a step can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A function of elements, or of numbers of rows.
    Function,
    /// A number for each row, of its elements.
    Reduction,
    /// A row's number for each of its elements.
    Spread,
}

/// What kind of link a step can be, if it can be one, where its first input has the shape `of`, as far as it is known.
pub(super) fn link_kind(step: &Step, of: Option<Shape>) -> Option<Kind> {
    if step.specs.first()?.dtype != DType::F32 {
        return None;
    }
    let output: Shape = step.specs[0].shape;
    let kind = match &step.op {
        Op::Reduce(op) if of.is_some_and(|of| op.is_over_last(&of)) => Kind::Reduction,
        Op::Reduce(_) => return None,
        Op::SumLike(_) if of.is_some_and(has_rows) && last(output) == Some(1) => Kind::Reduction,
        // What is surely summed, as the slope of a bias is.
        Op::SumLike(_) if of.is_some_and(|of| of.has_rank() && output.has_rank() && of.rank() != output.rank()) => {
            return None;
        }
        Op::SpreadLike(op) if has_rows(output) && op.is_over_last(&output) => Kind::Spread,
        _ => Kind::Function,
    };
    let rows = match kind {
        Kind::Reduction => of?,
        Kind::Function | Kind::Spread => output,
    };
    let operands = [Operand::Input(0); 2];
    let fits = kind == Kind::Function || has_rows(rows);
    (fits && link(step, kind, operands.get(..step.inputs.len())?).is_some()).then_some(kind)
}

/// Whether rows of this shape are neither too short nor too long to be reduced.
fn has_rows(shape: Shape) -> bool {
    last(shape).is_some_and(|row| is_size(row) && usize::try_from(row).is_ok_and(|row| ROWS.contains(&row)))
}

fn last(shape: Shape) -> Option<Dim> {
    let axis = shape.has_rank().then(|| shape.rank().checked_sub(1)).flatten()?;
    Some(shape.d(axis))
}

/// The step as a kernel's link of that kind.
fn link(step: &Step, kind: Kind, operands: &[Operand]) -> Option<Link> {
    match (&step.op, operands) {
        (Op::Arithmetic(op), &[a, b]) => Some(Link::Binary(op.kernel(), a, b)),
        (Op::BiasAdd(_), &[a, b]) => Some(Link::Binary(BinaryOp::Add, a, b)),
        (Op::Unary(op), &[x]) => Some(Link::Unary(op.kernel(), x)),
        (Op::UnarySlope(op), &[at, slope]) => Some(Link::Slope(op.kernel(), at, slope)),
        // Two are added as the kernel of many adds them.
        (Op::AddN(_), &[a, b]) => Some(Link::Binary(BinaryOp::Add, a, b)),
        (Op::Reduce(op), &[x]) => {
            let by = op.of_numbers().filter(|&by| by != ReduceOp::Prod)?;
            Some(Link::Reduce(by, x))
        }
        // The second says the shape only; so below. Where all values have one shape nothing is left to sum.
        (Op::SumLike(_), &[x, _]) if kind == Kind::Reduction => Some(Link::Reduce(ReduceOp::Sum, x)),
        (Op::SumLike(_), &[x, _]) => Some(Link::Same(x)),
        (Op::SpreadLike(op), &[of, _]) if kind == Kind::Spread => Some(Link::Spread { of, mean: op.mean }),
        (Op::SpreadLike(op), &[x, _]) if op.is_over_all() => Some(if op.mean { Link::Share(x) } else { Link::Same(x) }),
        _ => None,
    }
}
