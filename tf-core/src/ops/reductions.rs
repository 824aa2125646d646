//! Sums, means, products, extremes, any and all, over some axes or all of them.

use super::{
    SpreadLike,
    axes::{Axes, AxesArgument},
};
use crate::{
    check::UNKNOWN_FLOPS,
    differentiation::{backward::Backward, term::Term},
    dtype::Number,
    engine::run::Run,
    error::{Error, Result},
    shape::Shape,
    spec::SpecError,
    tensor::AsTensor,
    value::Value,
};
use tf_kernels::{
    compare::CompareOp,
    product::{product_gradient_f32, product_gradient_f64},
    reduce::{self, BoolReduceOp, ReduceOp},
};

macro_rules! reductions {
    ($($(#[$m:meta])* $name:ident $keep:ident $keep_link:literal [$($generics:tt)*] $element:ty: $label:literal = $op:expr;)*) => { $(
        op! {
            $(#[$m])*
            ///
            /// The axes are one (`-1` is the last), some (`[0, 2]`) or [`ALL`](crate::ALL); they are gone from the output's shape.
            pub fn $name[$($generics)* A: AxesArgument](x: impl AsTensor<$element>, axes: A) -> $element;
            $label: Reduce { by: $op, axes: Axes::of(axes), keep: false }, (x)
        }
        op! {
            #[doc = $keep_link]
            ///
            /// TensorFlow: `keepdims=True`.
            pub fn $keep[$($generics)* A: AxesArgument](x: impl AsTensor<$element>, axes: A) -> $element;
            $label: Reduce { by: $op, axes: Axes::of(axes), keep: true }, (x)
        }
    )* };
}

reductions! {
    /// The sum over axes, 0 of nothing; integers wrap around. TensorFlow: `tf.reduce_sum`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{ALL, Graph, Session, constant, reduce_sum, reduce_sum_keep};
    /// let graph = Graph::new();
    /// let sums = graph.build(|| {
    ///     let x = constant([[1, 2, 3], [4, 5, 6]]);
    ///     (reduce_sum(x, -1), reduce_sum_keep(x, [0]), reduce_sum(x, ALL))
    /// })?;
    /// let (rows, columns, all) = Session::new(&graph)?.run(sums)?;
    /// assert_eq!(rows, ndarray::arr1(&[6, 15]).into_dyn());
    /// assert_eq!(columns, ndarray::arr2(&[[5, 7, 9]]).into_dyn());
    /// assert_eq!(all[[]], 21);
    /// # Ok::<(), tf::Error>(())
    /// ```
    reduce_sum reduce_sum_keep "[`reduce_sum`](fn@reduce_sum) that keeps the axes as dimensions of 1." [T: Number,] T: "Sum" = By::Number(ReduceOp::Sum);
    /// The mean over axes, NaN of nothing; that of integers is truncated toward zero. TensorFlow: `tf.reduce_mean`.
    reduce_mean reduce_mean_keep "[`reduce_mean`](fn@reduce_mean) that keeps the axes as dimensions of 1." [T: Number,] T: "Mean" = By::Number(ReduceOp::Mean);
    /// The product over axes, 1 of nothing; integers wrap around. TensorFlow: `tf.reduce_prod`.
    reduce_prod reduce_prod_keep "[`reduce_prod`](fn@reduce_prod) that keeps the axes as dimensions of 1." [T: Number,] T: "Prod" = By::Number(ReduceOp::Prod);
    /// The largest over axes, NaN if there is one, the type's least value of nothing. TensorFlow: `tf.reduce_max`.
    reduce_max reduce_max_keep "[`reduce_max`](fn@reduce_max) that keeps the axes as dimensions of 1." [T: Number,] T: "Max" = By::Number(ReduceOp::Max);
    /// The smallest over axes, NaN if there is one, the type's greatest value of nothing. TensorFlow: `tf.reduce_min`.
    reduce_min reduce_min_keep "[`reduce_min`](fn@reduce_min) that keeps the axes as dimensions of 1." [T: Number,] T: "Min" = By::Number(ReduceOp::Min);
    /// Whether one is true over axes. TensorFlow: `tf.reduce_any`.
    reduce_any reduce_any_keep "[`reduce_any`](fn@reduce_any) that keeps the axes as dimensions of 1." [] bool: "Any" = By::Truth(BoolReduceOp::Any);
    /// Whether none is false over axes. TensorFlow: `tf.reduce_all`.
    reduce_all reduce_all_keep "[`reduce_all`](fn@reduce_all) that keeps the axes as dimensions of 1." [] bool: "All" = By::Truth(BoolReduceOp::All);
}

/// Makes one element of all that lie along some axes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reduce {
    by: By,
    axes: Axes,
    keep: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum By {
    Number(ReduceOp),
    Truth(BoolReduceOp),
}

impl Reduce {
    pub(super) const fn sum(axes: Axes, keep: bool) -> Reduce {
        Reduce { by: By::Number(ReduceOp::Sum), axes, keep }
    }

    pub(super) const fn mean(axes: Axes, keep: bool) -> Reduce {
        Reduce { by: By::Number(ReduceOp::Mean), axes, keep }
    }

    /// The kernel's name of the function, if it is one of numbers.
    pub(crate) fn of_numbers(&self) -> Option<ReduceOp> {
        let By::Number(by) = self.by else { return None };
        Some(by)
    }

    /// Whether it goes over the last axis of an input of this shape, and no other.
    pub(crate) fn is_over_last(&self, input: &Shape) -> bool {
        is_last(&self.axes, input)
    }

    /// Whether it makes one number of all.
    pub(crate) fn is_over_all(&self) -> bool {
        self.axes == Axes::All
    }

    /// Over how many axes it is the mean of an input of this shape, if these are its first, and not all.
    pub(crate) fn mean_over_first(&self, input: &Shape) -> Option<usize> {
        let is_mean = self.by == By::Number(ReduceOp::Mean) && input.has_rank();
        let chosen = is_mean.then(|| self.axes.chosen("reduce", input).ok()).flatten()?;
        let chosen = &chosen[..input.rank()];
        let count = chosen.iter().take_while(|chosen| **chosen).count();
        (0 < count && count < chosen.len() && !chosen[count..].contains(&true)).then_some(count)
    }

    /// Whether the axes stay as dimensions of 1.
    pub(crate) const fn keeps(&self) -> bool {
        self.keep
    }

    const fn function(self) -> &'static str {
        match self.by {
            By::Number(ReduceOp::Sum) => "reduce_sum",
            By::Number(ReduceOp::Mean) => "reduce_mean",
            By::Number(ReduceOp::Prod) => "reduce_prod",
            By::Number(ReduceOp::Max) => "reduce_max",
            By::Number(ReduceOp::Min) => "reduce_min",
            By::Truth(BoolReduceOp::Any) => "reduce_any",
            By::Truth(BoolReduceOp::All) => "reduce_all",
        }
    }

    pub(super) const fn type_name(&self) -> &'static str {
        match self.by {
            By::Number(ReduceOp::Sum) => "Sum",
            By::Number(ReduceOp::Mean) => "Mean",
            By::Number(ReduceOp::Prod) => "Prod",
            By::Number(ReduceOp::Max) => "Max",
            By::Number(ReduceOp::Min) => "Min",
            By::Truth(BoolReduceOp::Any) => "Any",
            By::Truth(BoolReduceOp::All) => "All",
        }
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let input = inputs[0];
        if !input.has_rank() {
            let to_scalar = matches!(self.axes, Axes::All) && !self.keep;
            return Ok(if to_scalar { Shape::SCALAR } else { Shape::UNKNOWN });
        }
        let chosen = match self.axes.chosen(self.function(), &input) {
            Ok(chosen) => chosen,
            Err(error) => return Err(error),
        };
        let mut output = Shape::SCALAR;
        let mut axis = 0;
        while axis < input.rank() {
            if !chosen[axis] {
                output = output.push(input.d(axis));
            } else if self.keep {
                output = output.push(1);
            }
            axis += 1;
        }
        Ok(output)
    }

    /// One operation for each element of the input.
    pub(crate) const fn flops(&self, inputs: &[Shape], _: &Shape) -> u64 {
        match inputs[0].elements() {
            Some(n) => n as u64,
            None => UNKNOWN_FLOPS,
        }
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let shape = run.input(0).shape();
        let chosen =
            self.axes.chosen(self.function(), &Shape::of(shape)).map_err(|error| Error::from_spec(&error, &[]))?;
        let axes: Vec<usize> = (0..shape.len()).filter(|&axis| chosen[axis]).collect();
        match self.by {
            By::Truth(op) => run.make(|out, _| reduce::reduce_bool(op, run.slice(0), shape, &axes, out)),
            By::Number(op) => kernel!(
                run,
                [F32 f32 = reduce::reduce_f32, F64 f64 = reduce::reduce_f64, I32 i32 = reduce::reduce_i32, I64 i64 = reduce::reduce_i64],
                kernel => |out, _| kernel(op, run.slice(0), shape, &axes, out)
            ),
        }
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (x, y, slope) = (back.input(0), back.output(0), back.slope());
        let (axes, keep) = (self.axes, self.keep);
        let By::Number(by) = self.by else { return };
        back.give(0, || match by {
            ReduceOp::Sum => slope.spread_like(x, axes, keep),
            ReduceOp::Mean => slope.and(SpreadLike { axes, keep, mean: true }, x),
            ReduceOp::Prod => Term::node(ProductGradient { axes }, &[x, slope], slope.dtype, slope.at),
            ReduceOp::Max | ReduceOp::Min => {
                // Equal ones share the slope.
                let taken = x.compare(CompareOp::Equal, y.spread_like(x, axes, keep)).cast(x.dtype);
                let count = taken.sum(axes, true);
                taken / count * slope.spread_like(x, axes, keep)
            }
        });
    }
}

/// Whether the axes are the last of this shape, and no other.
pub(super) fn is_last(axes: &Axes, shape: &Shape) -> bool {
    let rank = if shape.has_rank() { shape.rank() } else { 0 };
    let chosen = axes.chosen("reduce", shape);
    rank > 0 && chosen.is_ok_and(|chosen| (0..rank).all(|axis| chosen[axis] == (axis + 1 == rank)))
}

/// The axes of an array that were reduced.
fn reduced(axes: &Axes, shape: &[usize]) -> Result<Vec<usize>> {
    let chosen = axes.chosen("gradients", &Shape::of(shape)).map_err(|error| Error::from_spec(&error, &[]))?;
    Ok((0..shape.len()).filter(|&axis| chosen[axis]).collect())
}

/// The slope of each element by the product of the others: inputs are what was reduced and the slope of the product. Further inputs are
/// directions: then it is how these slopes change where what was reduced changes in all of them, one derivative for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProductGradient {
    axes: Axes,
}

/// As many directions a product is followed in: the work doubles with each.
const MOST_DIRECTIONS: usize = 6;

impl ProductGradient {
    pub(super) const fn type_name(&self) -> &'static str {
        "ProdGrad"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[0])
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let shape = run.input(0).shape();
        let axes = reduced(&self.axes, shape)?;
        kernel!(
            run,
            [F32 f32 = product_gradient_f32, F64 f64 = product_gradient_f64],
            kernel => |out, _| {
                let directions: Vec<_> = (2..run.inputs().len()).map(|i| run.slice(i)).collect();
                kernel(run.slice(0), shape, &axes, run.slice(1), &directions, out)
            }
        )
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (inputs, to) = (back.inputs().to_vec(), back.slope());
        let (axes, x, slope) = (self.axes, inputs[0], inputs[1]);
        let derived = move |inputs: &[Term]| Term::node(ProductGradient { axes }, inputs, x.dtype, x.at);
        if back.wants(0) && inputs.len() - 2 == MOST_DIRECTIONS {
            return back.refuse();
        }
        back.give(0, || derived(&[&inputs[..], &[to]].concat()));
        back.give(1, || {
            let by_one = [&[x, slope.ones_like()], &inputs[2..]].concat();
            (to * derived(&by_one)).sum(axes, false).reshape_like(slope)
        });
        // It is as linear in each direction as in the slopes that come back.
        for i in 2..inputs.len() {
            back.give(i, || {
                let mut inputs = inputs.clone();
                inputs[i] = to;
                derived(&inputs)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ops::axes::ALL, shape::ANY};

    fn shape(input: Shape, axes: impl AxesArgument, keep: bool) -> Result<Shape, &'static str> {
        let op = Reduce { by: By::Number(ReduceOp::Mean), axes: Axes::of(axes), keep };
        op.rule(&[input]).map_err(|e| e.rule.code)
    }

    #[test]
    fn reduced_axes_go_or_stay_as_one() {
        let x = Shape::of(&[ANY, 28, 3]);
        assert_eq!(shape(x, [0, -1], false), Ok(Shape::of(&[28])));
        assert_eq!(shape(x, [0, -1], true), Ok(Shape::of(&[1, 28, 1])));
        assert_eq!(shape(x, ALL, false), Ok(Shape::SCALAR));
        assert_eq!(shape(Shape::UNKNOWN, ALL, false), Ok(Shape::SCALAR));
        assert_eq!(shape(Shape::UNKNOWN, 0, false), Ok(Shape::UNKNOWN));
    }

    #[test]
    fn axes_must_be_there_and_named_once() {
        assert_eq!(shape(Shape::of(&[2, 3]), 2, false), Err("E-AXIS"));
        assert_eq!(shape(Shape::of(&[2, 3]), [1, -1], false), Err("E-AXIS-TWICE"));
        assert_eq!(shape(Shape::SCALAR, -1, false), Err("E-AXIS"));
    }
}
