//! Whether turns go together with inputs of some shapes, and where everything lies then.

use crate::{
    dims::Dims,
    engine::{chain::Shapes, execute::output_shape, plan::Step},
    ops::Op,
};
use tf_kernels::chain::ROWS;

/// How the turns go together.
pub(super) struct Fit {
    pub(super) turns: Vec<Turn>,
    /// Rows of all products.
    pub(super) rows: usize,
    /// The shapes of the arrays that leave, and elements of those behind them, which are used within.
    pub(super) shapes: Vec<Dims>,
    pub(super) within: Vec<usize>,
}

/// A product and the chains that read it.
pub(super) struct Turn {
    /// The number of the product's step.
    pub(super) product: usize,
    pub(super) a: First,
    /// The shape of that.
    pub(super) of: Dims,
    /// Elements of the rows that chains go over.
    pub(super) width: usize,
    pub(super) chains: Vec<Lying>,
}

/// Where the first operand of a product lies: in an input, or in an array.
#[derive(Clone, Copy)]
pub(super) enum First {
    Given(usize),
    Array(usize),
}

/// A chain: where its operands lie, and for each of its results the number of the array and the first of its columns there.
pub(super) struct Lying {
    pub(super) step: usize,
    pub(super) operands: Vec<Source>,
    pub(super) results: Vec<(usize, usize)>,
}

/// Where an operand of a chain lies: in the product, in an array, or in an input.
#[derive(Clone, Copy)]
pub(super) enum Source {
    Columns(usize),
    Array(usize, usize),
    ArrayOfNumbers(usize),
    Rows(usize),
    Row(usize),
    Numbers(usize),
    Number(usize),
}

/// How these steps go together with inputs of these shapes, where `results` leave; nothing if they do not. Nothing either where a step's
/// rule refuses: taken one by one, the first one that does tells it.
pub(super) fn fit(steps: &[Step], mut shapes: Vec<Dims>, results: &[usize]) -> Option<Fit> {
    let inputs = shapes.len();
    let mut elements = Vec::with_capacity(steps.len());
    for step in steps {
        if let Op::Chain(chain) = &step.op {
            let of = step.inputs.iter().map(|input| shapes[input.0].clone());
            let Shapes { elements: of_chain, results } = chain.shapes_of(of).ok()??;
            elements.push(of_chain);
            shapes.extend(results);
        } else {
            let of = step.inputs.iter().map(|input| &*shapes[input.0]);
            let shape = output_shape(step, of).ok()?;
            elements.push(Dims::SCALAR);
            shapes.extend(std::iter::repeat_n(shape, step.specs.len()));
        }
    }
    let &rows = steps.first().and_then(|product| shapes[product.output].first()).filter(|&&rows| rows > 0)?;
    let mut fitting = Fitting {
        steps,
        rows,
        inputs,
        shapes: &shapes,
        results,
        at: vec![None; shapes.len()],
        within: Vec::new(),
        turns: Vec::new(),
    };
    let fits =
        steps.iter().zip(&elements).enumerate().all(|(number, (step, of))| fitting.add(number, step, of).is_some());
    let Fitting { turns, within, .. } = fitting;
    let within = within.iter().map(|array| array.columns * rows).collect();
    let shapes = results.iter().map(|&result| shapes[result].clone()).collect();
    fits.then_some(Fit { turns, rows, shapes, within })
}

/// Where a value lies: in columns of the product of a turn, or in an array.
#[derive(Clone, Copy)]
enum At {
    Product { turn: usize, first: usize },
    Array(usize, usize),
}

/// An array that is used within.
struct Within {
    columns: usize,
    /// The turn from which on other values may lie there.
    free: usize,
}

/// Steps that are found to go together one after the other.
struct Fitting<'s> {
    steps: &'s [Step],
    rows: usize,
    inputs: usize,
    shapes: &'s [Dims],
    results: &'s [usize],
    /// Where each value lies.
    at: Vec<Option<At>>,
    within: Vec<Within>,
    turns: Vec<Turn>,
}

impl Fitting<'_> {
    /// One more step, a chain over values of the shape `elements` if it is one; nothing if it does not go with the others.
    fn add(&mut self, number: usize, step: &Step, elements: &[usize]) -> Option<()> {
        match &step.op {
            Op::FusedMatMul(_) => self.begin(number, step),
            Op::Split(_) => {
                let At::Product { turn, first } = self.at[step.inputs[0].0]? else { return None };
                let part = *self.shapes[step.output].get(1)?;
                for number in 0..step.specs.len() {
                    self.at[step.output + number] = Some(At::Product { turn, first: first + number * part });
                }
                Some(())
            }
            // Its parts were put where they belong.
            Op::Concat(_) => Some(()),
            Op::Chain(_) => self.chain(number, step, elements),
            _ => None,
        }
    }

    /// The product of the next turn.
    fn begin(&mut self, number: usize, step: &Step) -> Option<()> {
        let &[rows, _] = &*self.shapes[step.output] else { return None };
        let first = step.inputs[0].0;
        let a = if first < self.inputs { First::Given(first) } else { First::Array(self.whole_array(first)?) };
        if rows != self.rows || step.inputs[1..].iter().any(|input| input.0 >= self.inputs) {
            return None;
        }
        self.at[step.output] = Some(At::Product { turn: self.turns.len(), first: 0 });
        self.turns.push(Turn { product: number, a, of: self.shapes[first].clone(), width: 0, chains: Vec::new() });
        Some(())
    }

    /// The array that has all of a value, and nothing else.
    fn whole_array(&self, value: usize) -> Option<usize> {
        let At::Array(array, 0) = self.at[value]? else { return None };
        let columns = match array.checked_sub(self.results.len()) {
            Some(within) => self.within[within].columns,
            None => *self.shapes[self.results[array]].get(1)?,
        };
        (*self.shapes[value] == [self.rows, columns]).then_some(array)
    }

    /// A chain of the turn at hand.
    fn chain(&mut self, number: usize, step: &Step, elements: &[usize]) -> Option<()> {
        let Op::Chain(chain) = &step.op else { return None };
        let program = chain.program();
        let &[rows, width] = elements else { return None };
        let turn = self.turns.last()?;
        if rows != self.rows
            || width == 0
            || turn.width != 0 && turn.width != width
            || program.goes_by_rows() && !ROWS.contains(&width)
        {
            return None;
        }
        let source = |(operand, &(place, _)): (usize, &(usize, bool))| {
            let source = self.source(place, chain.is_spread(operand), width)?;
            let number_of_row = matches!(source, Source::Number(_) | Source::Numbers(_) | Source::ArrayOfNumbers(_));
            (number_of_row || !program.is_of_row(operand)).then_some(source)
        };
        let operands = step.inputs.iter().enumerate().map(source).collect::<Option<Vec<_>>>()?;
        let results =
            (step.output..step.output + step.specs.len()).map(|value| self.place(value)).collect::<Option<_>>()?;
        let turn = self.turns.last_mut()?;
        turn.width = width;
        turn.chains.push(Lying { step: number, operands, results });
        Some(())
    }

    /// Where an operand of a chain of the turn at hand lies, under rows of `width` elements.
    fn source(&self, place: usize, spread: bool, width: usize) -> Option<Source> {
        let shape = &self.shapes[place];
        if place < self.inputs {
            return lie(shape, spread, self.rows, width, place);
        }
        match self.at[place]? {
            At::Product { turn, first } => {
                let product = &self.steps[self.turns[turn].product];
                let there = turn + 1 == self.turns.len() && first + width <= self.shapes[product.output][1];
                there.then_some(Source::Columns(first))
            }
            // An array has rows, so it is nothing that all of them have.
            At::Array(array, column) => match lie(shape, spread, self.rows, width, place)? {
                Source::Rows(_) => Some(Source::Array(array, column)),
                Source::Numbers(_) | Source::Number(_) if shape.iter().product::<usize>() == self.rows => {
                    Some(Source::ArrayOfNumbers(array))
                }
                _ => None,
            },
        }
    }

    /// Where a chain puts a value: beside those that it is joined with, or in an array of its own.
    fn place(&mut self, value: usize) -> Option<(usize, usize)> {
        let joins = |step: &&Step| matches!(step.op, Op::Concat(_)) && step.inputs.iter().any(|input| input.0 == value);
        let joining = self.steps.iter().find(joins).filter(|_| !self.results.contains(&value));
        let (array, column) = match joining {
            None => (self.array(value)?, 0),
            Some(joining) => {
                let before = joining.inputs.iter().take_while(|input| input.0 != value);
                let column = before.map(|input| self.shapes[input.0].get(1).copied()).sum::<Option<usize>>()?;
                let array = match self.at[joining.output] {
                    Some(At::Array(array, _)) => array,
                    _ => self.array(joining.output)?,
                };
                self.at[joining.output] = Some(At::Array(array, 0));
                (array, column)
            }
        };
        self.at[value] = Some(At::Array(array, column));
        Some((array, column))
    }

    /// The array of a value that is made in the turn at hand.
    fn array(&mut self, value: usize) -> Option<usize> {
        if let Some(result) = self.results.iter().position(|&result| result == value) {
            return Some(result);
        }
        let now = self.turns.len() - 1;
        let columns = self.shapes[value].iter().product::<usize>() / self.rows;
        // What reads it last, after its turn.
        let mut turn = 0;
        let mut free = now + 1;
        for step in self.steps {
            turn += usize::from(matches!(step.op, Op::FusedMatMul(_)));
            if step.inputs.iter().any(|input| input.0 == value) {
                free = free.max(turn);
            }
        }
        let reused = self.within.iter().position(|array| array.columns == columns && array.free <= now);
        let array = reused.unwrap_or(self.within.len());
        match self.within.get_mut(array) {
            Some(within) => within.free = free,
            None => self.within.push(Within { columns, free }),
        }
        Some(self.results.len() + array)
    }
}

/// How an input of this shape lies under `rows` of `width` elements; one that is `spread` lacks the last dimension.
fn lie(shape: &[usize], spread: bool, rows: usize, width: usize, input: usize) -> Option<Source> {
    Some(match *shape {
        _ if shape.iter().all(|&size| size == 1) => Source::Number(input),
        [numbers] if spread && numbers == rows => Source::Numbers(input),
        _ if spread => return None,
        [high, wide] if (high, wide) == (rows, width) => Source::Rows(input),
        [wide] | [1, wide] if wide == width => Source::Row(input),
        [numbers, 1] if numbers == rows => Source::Numbers(input),
        _ => return None,
    })
}
