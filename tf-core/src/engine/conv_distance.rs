//! A convolution and the slope of how far its results are from a target, as one step: [`ConvDistance`].

use super::{
    execute::{one_by_one, output_shape},
    plan::Step,
    run::{Outputs, Run},
};
use crate::{dims::Dims, error::Result, ops::Op, value::Value};
use std::{fmt, sync::Arc};
use tf_kernels::conv2d::Against;

/// A convolution with its bias and activation, of whose results only the squared distances from a target and their slopes are asked for, as
/// in a step of training: the kernel makes them of each result while it is near, so that results are neither stored nor read again, and sums
/// up the slopes of each channel.
///
/// Inputs: those of the convolution, and what else is read. Whether the target has the results' shape is seen when it runs; if not, the steps
/// are taken one after the other.
#[derive(Clone)]
pub struct ConvDistance(Arc<Parts>);

struct Parts {
    /// The convolution, the chain that reads it, and what reads that. Places are numbered: the inputs, then the values of the steps.
    steps: Vec<Step>,
    inputs: usize,
    /// The values that leave, and what they are.
    results: Vec<usize>,
    yields: Vec<Yield>,
    slope: Slope,
}

/// What leaves.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Yield {
    /// The slopes of the results, with that of the activation.
    Slopes,
    /// The sum of the squared distances, or their mean, times some numbers.
    Squares { mean: bool, scale: Scale },
    /// The sum of the slopes of each channel.
    Sums,
}

/// The slope of a squared distance: the distance times some numbers.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Slope {
    /// The input that results are held against.
    pub(super) target: usize,
    pub(super) scale: Scale,
}

/// Numbers to be multiplied with.
#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Scale {
    pub(super) factors: Vec<Factor>,
    pub(super) negative: bool,
}

impl Scale {
    /// Both.
    pub(super) fn and(mut self, other: Scale) -> Scale {
        self.factors.extend(other.factors);
        Scale { negative: self.negative != other.negative, ..self }
    }

    pub(super) fn negated(self) -> Scale {
        Scale { negative: !self.negative, ..self }
    }

    /// The product, of `count` results.
    fn of(&self, run: &Run<'_>, count: usize) -> f64 {
        let number = |factor: &Factor| {
            let number = f64::from(run.slice::<f32>(factor.input)[0]);
            if factor.mean { number / count as f64 } else { number }
        };
        self.factors.iter().map(number).product::<f64>() * if self.negative { -1.0 } else { 1.0 }
    }
}

/// An input that is one number, perhaps divided by how many results there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Factor {
    pub(super) input: usize,
    pub(super) mean: bool,
}

impl fmt::Debug for ConvDistance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |step: &Step| match &step.op {
            Op::FusedConv2d(op) => format!("{} ({op:?})", step.name),
            Op::Chain(chain) => format!("[{chain:?}]"),
            op => format!("{} ({})", step.name, op.type_name()),
        };
        f.write_str(&self.0.steps.iter().map(part).collect::<Vec<_>>().join(", "))
    }
}

impl ConvDistance {
    pub(super) fn new(
        steps: Vec<Step>,
        inputs: usize,
        results: Vec<usize>,
        yields: Vec<Yield>,
        slope: Slope,
    ) -> ConvDistance {
        ConvDistance(Arc::new(Parts { steps, inputs, results, yields, slope }))
    }

    /// How many values it reads, and how many it yields.
    #[cfg(any(test, debug_assertions))]
    pub(super) fn places(&self) -> (usize, usize) {
        (self.0.inputs, self.0.results.len())
    }

    pub(crate) fn type_name(&self) -> &'static str {
        "_FusedConv2DDistance"
    }

    pub(crate) fn run(&self, run: &mut Run<'_>) -> Result<Outputs> {
        let Parts { steps, inputs, results, yields, slope } = &*self.0;
        let convolution = &steps[0];
        let read = (0..convolution.inputs.len()).map(|k| run.input(k).shape());
        let shape = output_shape(convolution, read).map_err(|error| convolution.locate(error))?;
        // All that the chain reads, also what is asked for its shape alone: what does not fit is told by the steps themselves.
        let Op::Chain(chain) = &steps[1].op else { unreachable!("the second step is the chain") };
        let of =
            |&(place, _): &(usize, bool)| if place < *inputs { run.input(place).dims().clone() } else { shape.clone() };
        let fits = chain.shapes_of(steps[1].inputs.iter().map(of))?.is_some_and(|shapes| shapes.elements == shape);
        let count: usize = shape.iter().product();
        let factor = slope.scale.of(run, count) as f32;
        // A factor beyond the range of `f32` may be one of slopes within it.
        if !fits || *run.input(slope.target).shape() != *shape || !factor.is_normal() {
            return one_by_one(steps, *inputs, results, run);
        }
        let Op::FusedConv2d(op) = &convolution.op else { unreachable!("the first step is the convolution") };
        let against = Against { target: run.slice(slope.target), factor };
        let channels = shape[shape.len() - 1];
        let (mut slopes, mut sums) = (run.memory::<f32>(count), run.memory::<f32>(channels));
        let squares = op.run_against(run, convolution.inputs.len(), &shape, against, &mut slopes, &mut sums);
        let (mut slopes, mut sums) = (Some(slopes), Some(sums));
        let values = yields.iter().map(|yielded| match yielded {
            Yield::Slopes => Value::of(shape.clone(), slopes.take().expect("they leave once")),
            Yield::Sums => Value::of(Dims::from(&[channels][..]), sums.take().expect("they leave once")),
            Yield::Squares { mean, scale } => {
                let squares = if *mean { squares / count as f64 } else { squares };
                let mut value = run.memory::<f32>(1);
                value[0] = (squares * scale.of(run, count)) as f32;
                Value::of(Dims::SCALAR, value)
            }
        });
        let values = values.collect();
        slopes.into_iter().chain(sums).for_each(|memory| run.give_back(memory));
        Ok(Outputs::Many(values))
    }
}
