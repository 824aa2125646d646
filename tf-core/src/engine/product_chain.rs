//! A product of matrices and the chains that read it as one step: [`ProductChain`].

use super::{
    buffers::Memory,
    chain::Shapes,
    execute::{output_shape, step_outputs},
    plan::Step,
    run::{Outputs, Run},
};
use crate::{dims::Dims, error::Result, ops::Op, value::Value};
use std::{
    fmt,
    ops::Range,
    sync::{Arc, Mutex},
};
use tf_kernels::{
    chain::{ROWS, RowOperand},
    product_chain,
};

/// A product with a matrix that is laid out, perhaps its splitting into columns, the chains that read it or its parts, and perhaps joinings of
/// what they yield: the chains go over some rows of the product while these are in the cache, and store what is joined side by side.
///
/// Inputs: those of the product, and what else the chains read. Whether all fits is seen when it runs; if it does not, the steps are taken
/// one after the other.
#[derive(Clone)]
pub struct ProductChain(Arc<Parts>);

struct Parts {
    /// The product, then the others. Places are numbered: the inputs, then the values of the steps in their order.
    steps: Vec<Step>,
    inputs: usize,
    /// The values that leave.
    results: Vec<usize>,
    /// How these went together with inputs of the shapes that came last; nothing if they did not.
    known: Mutex<Known>,
}

/// The shapes of inputs, and how the steps go together with them, if they do.
type Known = Option<(Vec<Dims>, Option<Arc<Fit>>)>;

/// How the steps go together.
struct Fit {
    /// Elements of the rows that chains go over.
    width: usize,
    /// Where the operands of each chain lie.
    operands: Vec<Vec<Source>>,
    /// For each result of each chain, the number of the array, and the first of its columns there.
    places: Vec<Vec<(usize, usize)>>,
    /// The shape of each array.
    shapes: Vec<Dims>,
}

/// Where an operand of a chain lies: in the product, or in an input.
#[derive(Clone, Copy)]
enum Source {
    Columns(usize),
    Rows(usize),
    Row(usize),
    Numbers(usize),
    Number(usize),
}

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
        let Some(fit) = self.fit(run)? else { return self.one_by_one(run) };
        let product = &self.0.steps[0];
        let Op::FusedMatMul(op) = &product.op else { unreachable!("the first of the steps is the product") };
        let start = op.start(run, product.inputs.len() > 2).map_err(|error| product.locate(error))?;
        let Some(packed) = op.laid_out(run) else { return self.one_by_one(run) };
        let operand = |&source: &Source| match source {
            Source::Columns(first) => RowOperand::Columns(first),
            Source::Rows(input) => RowOperand::Rows(run.slice(input)),
            Source::Row(input) => RowOperand::Row(run.slice(input)),
            Source::Numbers(input) => RowOperand::Numbers(run.slice(input)),
            Source::Number(input) => RowOperand::Number(&run.slice(input)[0]),
        };
        let operands: Vec<Vec<RowOperand>> =
            fit.operands.iter().map(|sources| sources.iter().map(operand).collect()).collect();
        let chains: Vec<product_chain::ProductChain> = (self.chains().zip(&operands).zip(&fit.places))
            .map(|((chain, operands), results)| product_chain::ProductChain {
                program: chain.program(),
                operands,
                results,
            })
            .collect();
        let memory = |shape: &Dims| run.memory::<f32>(shape.iter().product());
        let mut outs: Vec<Memory<f32>> = fit.shapes.iter().map(memory).collect();
        let mut arrays: Vec<&mut [f32]> = outs.iter_mut().map(|out| &mut **out).collect();
        product_chain::product_chain_f32(run.slice(0), &packed, start, &chains, fit.width, &mut arrays);
        Ok(Outputs::Many(fit.shapes.iter().zip(outs).map(|(shape, out)| Value::of(shape.clone(), out)).collect()))
    }

    fn chains(&self) -> impl Iterator<Item = &super::chain::Chain> {
        self.0.steps.iter().filter_map(|step| if let Op::Chain(chain) = &step.op { Some(chain) } else { None })
    }

    /// How the steps go together with inputs of these shapes.
    ///
    /// # Errors
    /// What the rule of a step refuses, at that step.
    fn fit(&self, run: &Run<'_>) -> Result<Option<Arc<Fit>>> {
        let mut known = self.0.known.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some((shapes, fit)) = &*known
            && shapes.iter().zip(run.inputs()).all(|(shape, input)| shape == input.dims())
        {
            return Ok(fit.clone());
        }
        let shapes: Vec<Dims> = run.inputs().iter().map(|input| input.dims().clone()).collect();
        let fit = self.0.fit(shapes.clone())?.map(Arc::new);
        *known = Some((shapes, fit.clone()));
        Ok(fit)
    }

    fn one_by_one(&self, run: &mut Run<'_>) -> Result<Outputs> {
        let Parts { steps, inputs, results, .. } = &*self.0;
        let mut places: Vec<Option<Value>> = (0..*inputs).map(|index| Some(run.take(index))).collect();
        places.resize(inputs + steps.iter().map(|step| step.specs.len()).sum::<usize>(), None);
        for step in steps {
            let values = match step_outputs(step, &mut places, &mut Vec::new(), &run.around)
                .map_err(|error| step.locate(error))?
            {
                Outputs::None => Vec::new(),
                Outputs::One(value) => vec![value],
                Outputs::Many(values) => values,
            };
            for (place, value) in places[step.output..].iter_mut().zip(values) {
                *place = Some(value);
            }
        }
        let result = |&result: &usize| places[result].take().expect("each of the steps was taken");
        Ok(Outputs::Many(results.iter().map(result).collect()))
    }
}

impl Parts {
    fn fit(&self, mut shapes: Vec<Dims>) -> Result<Option<Fit>> {
        let product = &self.steps[0];
        // The columns of the product in each place, if they are some.
        let mut columns: Vec<Option<usize>> = vec![None; shapes.len()];
        let (mut operands, mut chained, mut width) = (Vec::new(), Vec::new(), 0);
        let mut joined: Vec<(usize, &[(usize, bool)])> = Vec::new();
        for step in &self.steps {
            if let Op::Chain(chain) = &step.op {
                let Some(Shapes { elements, results }) =
                    chain.shapes_of(step.inputs.iter().map(|input| shapes[input.0].clone()))?
                else {
                    return Ok(None);
                };
                let &[m, row] = &elements[..] else { return Ok(None) };
                if m != shapes[product.output][0] || row == 0 || width != 0 && width != row {
                    return Ok(None);
                }
                width = row;
                let program = chain.program();
                if program.goes_by_rows() && !ROWS.contains(&row) {
                    return Ok(None);
                }
                let source = |number: usize, place: usize| {
                    let source = match columns[place] {
                        Some(first) => Source::Columns(first),
                        None => lie(&shapes[place], chain.is_spread(number), m, row, place)?,
                    };
                    let number_of_row = matches!(source, Source::Number(_) | Source::Numbers(_));
                    (number_of_row || !program.is_of_row(number)).then_some(source)
                };
                let sources = step.inputs.iter().enumerate().map(|(number, input)| source(number, input.0));
                let Some(sources) = sources.collect::<Option<Vec<_>>>() else { return Ok(None) };
                operands.push(sources);
                chained.push(step.output..step.output + results.len());
                columns.resize(columns.len() + results.len(), None);
                shapes.extend(results);
                continue;
            }
            let of = step.inputs.iter().map(|input| &*shapes[input.0]);
            let shape = output_shape(step, of).map_err(|error| step.locate(error))?;
            match &step.op {
                Op::FusedMatMul(_) if shape.len() == 2 => columns.push(Some(0)),
                Op::Split(_) => columns.extend((0..step.specs.len()).map(|part| Some(part * shape[1]))),
                Op::Concat(_) => {
                    columns.push(None);
                    joined.push((step.output, &step.inputs));
                }
                _ => return Ok(None),
            }
            shapes.extend(std::iter::repeat_n(shape, step.specs.len()));
        }
        let beyond =
            |source: &Source| matches!(source, Source::Columns(first) if first + width > shapes[product.output][1]);
        if operands.iter().flatten().any(beyond) {
            return Ok(None);
        }
        let place = |value: usize| -> Option<(usize, usize)> {
            if let Some(array) = self.results.iter().position(|&result| result == value) {
                return Some((array, 0));
            }
            let (joining, inputs) = joined.iter().find(|(_, inputs)| inputs.iter().any(|input| input.0 == value))?;
            let before = inputs.iter().take_while(|input| input.0 != value);
            let column = before.map(|input| shapes[input.0][1]).sum();
            Some((self.results.iter().position(|result| result == joining)?, column))
        };
        let places = |values: &Range<usize>| values.clone().map(place).collect();
        let Some(places) = chained.iter().map(places).collect::<Option<Vec<Vec<_>>>>() else { return Ok(None) };
        let shapes = self.results.iter().map(|&result| shapes[result].clone()).collect();
        Ok(Some(Fit { width, operands, places, shapes }))
    }
}

/// How an input of this shape lies under rows, `m` of them of `row` elements; one that is `spread` lacks the last dimension.
fn lie(shape: &[usize], spread: bool, m: usize, row: usize, input: usize) -> Option<Source> {
    Some(match *shape {
        _ if shape.iter().all(|&size| size == 1) => Source::Number(input),
        [rows] if spread && rows == m => Source::Numbers(input),
        _ if spread => return None,
        [rows, columns] if (rows, columns) == (m, row) => Source::Rows(input),
        [columns] | [1, columns] if columns == row => Source::Row(input),
        [rows, 1] if rows == m => Source::Numbers(input),
        _ => return None,
    })
}
