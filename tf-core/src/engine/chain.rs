//! Several element-wise steps as one: [`Chain`].

use super::{
    execute::{output_shape, step_outputs},
    plan::Step,
    run::{Outputs, Run},
};
use crate::{dtype::DType, error::Result, ops::Op, value::Value};
use std::{fmt, sync::Arc};
use tf_kernels::{
    chain::{Link, Operand, chain_f32, follows},
    elementwise::BinaryOp,
};

/// Steps that are computed together, piece by piece.
///
/// Whether they can be is seen when they run: all must come out in one shape, under which the operands lie as the kernel follows. Otherwise
/// they are taken one after the other.
#[derive(Clone)]
pub struct Chain(Arc<Links>);

struct Links {
    /// The steps. Their inputs are numbered: those of the chain, then the values of the steps in their order.
    steps: Vec<Step>,
    links: Vec<Link>,
    inputs: usize,
    /// The steps whose values leave the chain.
    results: Vec<usize>,
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.steps.iter().map(|step| format!("{} ({})", step.name, step.op.type_name()));
        f.write_str(&names.collect::<Vec<_>>().join(", "))
    }
}

impl Chain {
    /// A chain of these steps, whose inputs are numbered as in the chain.
    pub(super) fn new(steps: Vec<Step>, inputs: usize, results: Vec<usize>) -> Chain {
        let operand = |number: usize| match number.checked_sub(inputs) {
            Some(link) => Operand::Link(link),
            None => Operand::Input(number),
        };
        let of = |step: &Step| {
            let operands: Vec<Operand> = step.inputs.iter().map(|input| operand(input.0)).collect();
            link(&step.op, &operands).expect("the steps of a chain are links")
        };
        let links = steps.iter().map(of).collect();
        Chain(Arc::new(Links { steps, links, inputs, results }))
    }

    pub(crate) fn type_name(&self) -> &'static str {
        "Chain"
    }

    pub(crate) fn run(&self, run: &mut Run<'_>) -> Result<Outputs> {
        let Links { steps, links, inputs, results } = &*self.0;
        debug_assert_eq!(run.inputs().len(), *inputs, "a chain is given what it reads");
        let shape = self.shape(run)?;
        let Some(shape) = shape.filter(|shape| follows(run.inputs().iter().map(Value::shape), shape)) else {
            return self.one_by_one(run);
        };
        let operands: Vec<(&[f32], &[usize])> =
            (0..*inputs).map(|i| (run.slice::<f32>(i), run.input(i).shape())).collect();
        let n = shape.iter().product();
        let mut outs: Vec<Vec<f32>> = results.iter().map(|_| run.memory::<f32>(n)).collect();
        let mut parts: Vec<&mut [f32]> = outs.iter_mut().map(Vec::as_mut_slice).collect();
        chain_f32(links, &operands, results, &mut parts, &shape);
        debug_assert_eq!(steps.len(), links.len(), "a link for each step");
        Ok(Outputs::Many(outs.into_iter().map(|out| Value::new(shape.clone(), out)).collect()))
    }

    /// The one shape of all steps' values; none if they differ.
    ///
    /// # Errors
    /// What the rule of a step refuses, at that step.
    fn shape(&self, run: &Run<'_>) -> Result<Option<Vec<usize>>> {
        let inputs = self.0.inputs;
        let mut shapes: Vec<Vec<usize>> = run.inputs().iter().map(|value| value.shape().to_vec()).collect();
        for step in &self.0.steps {
            let of: Vec<&[usize]> = step.inputs.iter().map(|input| &shapes[input.0][..]).collect();
            let shape = output_shape(step, &of).map_err(|error| step.locate(error))?;
            shapes.push(shape);
        }
        let mut values = shapes.split_off(inputs).into_iter();
        let first = values.next();
        Ok(first.filter(|first| values.all(|shape| shape == *first)))
    }

    fn one_by_one(&self, run: &mut Run<'_>) -> Result<Outputs> {
        let Links { steps, inputs, results, .. } = &*self.0;
        let mut places: Vec<Option<Value>> = (0..*inputs).map(|index| Some(run.take(index))).collect();
        places.resize(inputs + steps.len(), None);
        for step in steps {
            let outputs = step_outputs(step, &mut places, &run.around).map_err(|error| step.locate(error))?;
            let Outputs::One(value) = outputs else { unreachable!("a link has one value") };
            places[step.output] = Some(value);
        }
        let result = |&result: &usize| places[inputs + result].take().expect("each step of the chain was taken");
        Ok(Outputs::Many(results.iter().map(result).collect()))
    }
}

/// Whether a step can be one of a chain.
pub(super) fn is_link(step: &Step) -> bool {
    let one = step.specs.first().is_some_and(|spec| spec.dtype == DType::F32);
    let operands: Vec<Operand> = step.inputs.iter().map(|_| Operand::Input(0)).collect();
    one && link(&step.op, &operands).is_some()
}

/// The op as a kernel's link.
fn link(op: &Op, operands: &[Operand]) -> Option<Link> {
    match (op, operands) {
        (Op::Arithmetic(op), &[a, b]) => Some(Link::Binary(op.kernel(), a, b)),
        (Op::BiasAdd(_), &[a, b]) => Some(Link::Binary(BinaryOp::Add, a, b)),
        (Op::Unary(op), &[x]) => Some(Link::Unary(op.kernel(), x)),
        (Op::UnarySlope(op), &[at, slope]) => Some(Link::Slope(op.kernel(), at, slope)),
        // Two are added as the kernel of many adds them.
        (Op::AddN(_), &[a, b]) => Some(Link::Binary(BinaryOp::Add, a, b)),
        // Where all values have one shape nothing is left to sum.
        (Op::SumLike(_), &[x, _]) => Some(Link::Same(x)),
        (Op::SpreadLike(op), &[x, _]) if op.is_over_all() => Some(if op.mean { Link::Share(x) } else { Link::Same(x) }),
        _ => None,
    }
}
