//! Shapes taken from another tensor when the graph runs: what gradients need where sizes are not known before.

use super::{
    Reduce,
    axes::Axes,
    movement::{moved, only},
    reductions::is_last,
    rules,
};
use crate::{
    differentiation::backward::Backward,
    engine::run::Run,
    error::{Error, Result},
    shape::Shape,
    spec::{Rule, SpecError},
    value::{Data, Value},
};
use tf_kernels::reduce::{self, ReduceOp};

static SHAPE: Rule = Rule {
    code: "E-GRADIENT-SHAPE",
    says: "a gradient has another shape than what it belongs to",
    left: "gradient",
    right: "of      ",
    help: "give a gradient of the shape of its tensor, in `gradients_with` and in the functions of `custom_gradient`",
};

/// The one shape of a slope and of what it belongs to, as far as it is known.
pub(crate) const fn of_one_shape(slope: Shape, of: Shape) -> Result<Shape, SpecError> {
    if !slope.compatible(&of) {
        return Err(SpecError::new("gradients", &SHAPE).shapes(slope, of));
    }
    Ok(if of.has_rank() { of } else { slope })
}

/// Sums the first input to the shape of the second, which broadcasts to its own. TensorFlow makes it of `Shape`,
/// `BroadcastGradientArgs`, `Sum` and `Reshape`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SumLike;

impl SumLike {
    pub(super) const fn type_name(&self) -> &'static str {
        "Sum"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        match rules::broadcast("gradients", &inputs[0], &inputs[1]) {
            Ok(both) if both.compatible(&inputs[0]) => Ok(inputs[1]),
            Ok(_) => Err(SpecError::new("gradients", &SHAPE).shapes(inputs[0], inputs[1])),
            Err(error) => Err(error),
        }
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let (x, like) = (run.input(0).shape().to_vec(), run.input(1).shape().to_vec());
        if x == like {
            return Ok(run.take(0));
        }
        let missing = x.len() - like.len();
        let repeated = |axis: &usize| *axis < missing || like[axis - missing] == 1 && x[*axis] != 1;
        let axes: Vec<usize> = (0..x.len()).filter(repeated).collect();
        kernel!(
            run,
            [F32 f32 = reduce::reduce_f32, F64 f64 = reduce::reduce_f64, I32 i32 = reduce::reduce_i32, I64 i64 = reduce::reduce_i64],
            kernel => |out, _| kernel(ReduceOp::Sum, run.slice(0), &x, &axes, out)
        )
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (slope, x) = (back.slope(), back.input(0));
        back.give(0, || slope + x.zeros_like());
    }
}

/// Gives the elements of the first input the shape of the second. TensorFlow makes it of `Shape` and `Reshape`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReshapeLike;

impl ReshapeLike {
    pub(super) const fn type_name(&self) -> &'static str {
        "Reshape"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        match (inputs[0].elements(), inputs[1].elements()) {
            (Some(from), Some(to)) if from != to => {
                Err(SpecError::new("gradients", &SHAPE).shapes(inputs[0], inputs[1]))
            }
            _ => Ok(inputs[1]),
        }
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let shape = run.input(1).shape().to_vec();
        Ok(run.take(0).with_shape(shape))
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (slope, x) = (back.slope(), back.input(0));
        back.give(0, || slope.reshape_like(x));
    }
}

/// Puts each element of a reduction of the second input in the place of all that it was made from. TensorFlow makes it of `Reshape`
/// and `BroadcastTo`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SpreadLike {
    pub(super) axes: Axes,
    pub(super) keep: bool,
    /// Whether each is divided by the number of those places.
    pub(crate) mean: bool,
}

impl SpreadLike {
    /// Whether there is one number, for all places.
    pub(crate) fn is_over_all(&self) -> bool {
        self.axes == Axes::All
    }

    pub(super) const fn type_name(&self) -> &'static str {
        "BroadcastTo"
    }

    /// Whether it is rows that were reduced, where the result has this shape.
    pub(crate) fn is_over_last(&self, output: &Shape) -> bool {
        is_last(&self.axes, output)
    }

    /// Whether what is spread has the axes that it is spread over, as dimensions of 1.
    pub(crate) const fn keeps(&self) -> bool {
        self.keep
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        match Reduce::sum(self.axes, self.keep).rule(&[inputs[1]]) {
            Ok(reduced) if reduced.compatible(&inputs[0]) => Ok(inputs[1]),
            Ok(_) => Err(SpecError::new("gradients", &SHAPE).shapes(inputs[0], inputs[1])),
            Err(error) => Err(error),
        }
    }

    /// What each place is given, with the axes that were reduced as 1.
    fn each(&self, run: &Run<'_>) -> Result<Value> {
        let shape = run.input(1).shape();
        let chosen = self.axes.chosen("gradients", &Shape::of(shape)).map_err(|error| Error::from_spec(&error, &[]))?;
        let kept: Vec<usize> = shape.iter().zip(chosen).map(|(&size, chosen)| if chosen { 1 } else { size }).collect();
        let places: usize = shape.iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(size, _)| size).product();
        let each = if self.mean { divided(run.input(0), places) } else { run.input(0).clone() };
        Ok(each.with_shape(kept))
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let each = self.each(run)?;
        let (shape, kept) = (run.input(1).shape().to_vec(), each.shape().to_vec());
        moved!(
            run,
            &[&each],
            vec![shape.clone()],
            kernel = [broadcast_to_u8, broadcast_to_u16, broadcast_to_u32, broadcast_to_u64] =>
                |from, to| kernel(from[0], &kept, to[0], &shape)
        )
        .map(only)
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let slope = back.slope();
        let op = if self.mean { Reduce::mean(self.axes, self.keep) } else { Reduce::sum(self.axes, self.keep) };
        back.give(0, || slope.then(op));
    }
}

/// What [`SpreadLike`] puts in each place, once: the axes that were reduced are 1. The engine makes it where each reader broadcasts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Portion(pub(crate) SpreadLike);

impl Portion {
    pub(super) const fn type_name(&self) -> &'static str {
        "_Portion"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let mut shape = match self.0.rule(inputs) {
            Ok(shape) => shape,
            Err(error) => return Err(error),
        };
        if !shape.has_rank() {
            return Ok(shape);
        }
        let chosen = match self.0.axes.chosen("gradients", &shape) {
            Ok(chosen) => chosen,
            Err(error) => return Err(error),
        };
        let mut axis = 0;
        while axis < shape.rank() {
            if chosen[axis] {
                shape = shape.with(axis, 1);
            }
            axis += 1;
        }
        Ok(shape)
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        self.0.each(run)
    }
}

fn divided(value: &Value, by: usize) -> Value {
    let shape = value.shape().to_vec();
    match value.data() {
        Data::F32(x) => Value::new(shape, x.iter().map(|x| x / by as f32).collect::<Vec<f32>>()),
        Data::F64(x) => Value::new(shape, x.iter().map(|x| x / by as f64).collect::<Vec<f64>>()),
        _ => unreachable!("only floats have gradients, and the engine takes halves through f32"),
    }
}
