//! The same elements in another shape.

use super::{
    NO_FLOPS,
    axes::{Axes, AxesArgument},
    dimensions,
};
use crate::{
    differentiation::backward::Backward,
    dtype::Element,
    engine::run::Run,
    error::Result,
    shape::{ANY_DIM, Dim, Shape, is_size},
    spec::{Rule, SpecError},
    tensor::{AsTensor, ShapeArgument, shape_argument},
    value::Value,
};

op! {
    /// The elements of `x`, in their order, in another shape of as many elements.
    ///
    /// One size may be [`ANY`](crate::ANY): it is inferred, now or, where `x` has unknown sizes, when the graph runs.
    /// TensorFlow: `tf.reshape`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{ANY, Graph, placeholder, reshape};
    /// let graph = Graph::new();
    /// let flat = graph.build(|| reshape(placeholder::<f32, _>("x", [ANY, 7, 7, 64]), [ANY, 7 * 7 * 64]))?;
    /// assert_eq!(flat.shape().to_string(), "[?, 3136]");
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn reshape[T: Element, S: ShapeArgument](x: impl AsTensor<T>, shape: S) -> T;
    "Reshape": Reshape { shape: shape_argument(shape) }, (x)
}

/// Another shape of as many elements.
#[derive(Clone, Copy, Debug)]
pub struct Reshape {
    shape: Result<Option<Shape>, SpecError>,
}

static COUNT: Rule = Rule {
    code: "E-RESHAPE",
    says: "{x} elements cannot be reshaped to {y}",
    left: "input",
    right: "shape",
    help: "give sizes whose product is {x}, or `tf::ANY` for one of them",
};
static MULTIPLE: Rule = Rule {
    code: "E-RESHAPE",
    says: "a multiple of {x} elements cannot be reshaped to {y}",
    left: "input",
    right: "shape",
    help: "give sizes whose product is a multiple of {x}, or `tf::ANY` for the one that is not known",
};
static REST: Rule = Rule {
    code: "E-RESHAPE",
    says: "{x} elements cannot be reshaped to a multiple of {y}",
    left: "input",
    right: "shape",
    help: "give sizes whose product divides {x}",
};
static TWO_UNKNOWN: Rule = Rule {
    code: "E-RESHAPE-TWO-UNKNOWN",
    says: "{x} sizes of the new shape are open, and one can be inferred",
    left: "input",
    right: "shape",
    help: "write all sizes but one; a size taken from a tensor is open where that tensor's is not known",
};
static NOTHING: Rule = Rule {
    code: "E-RESHAPE-EMPTY",
    says: "the open size cannot be inferred beside a size of 0",
    left: "input",
    right: "shape",
    help: "write the size in place of `tf::ANY`",
};

/// The product of the known sizes, how many are unknown, and which was the last of those.
const fn count(shape: &Shape) -> (usize, usize, usize) {
    let (mut known, mut unknown, mut last) = (1usize, 0, 0);
    let mut i = 0;
    while i < shape.rank() {
        if is_size(shape.d(i)) {
            known = known.saturating_mul(shape.d(i) as usize);
        } else {
            unknown += 1;
            last = i;
        }
        i += 1;
    }
    (known, unknown, last)
}

const fn is_multiple(n: usize, of: usize) -> bool {
    if of == 0 { n == 0 } else { n.is_multiple_of(of) }
}

impl Reshape {
    pub(crate) const fn to(shape: Shape) -> Reshape {
        Reshape { shape: Ok(Some(shape)) }
    }

    pub(super) const fn type_name(&self) -> &'static str {
        "Reshape"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let input = inputs[0];
        let target = match dimensions::given(&self.shape) {
            Ok(target) => target,
            Err(error) => return Err(error),
        };
        if !target.has_rank() {
            return if target.is_poison() { Ok(target) } else { dimensions::given_whole("reshape", &self.shape) };
        }
        let (wanted, open, at) = count(&target);
        if open > 1 {
            return Err(refused(&TWO_UNKNOWN, input, target, open, 0));
        }
        if open == 1 && wanted == 0 {
            return Err(refused(&NOTHING, input, target, 0, 0));
        }
        let open = open == 1;
        if !input.has_rank() {
            return Ok(if open { target.with(at, ANY_DIM) } else { target });
        }
        let (found, unknown, unknown_at) = count(&input);
        match (open, unknown) {
            (false, 0) if found == wanted => Ok(target),
            (false, 0) => Err(refused(&COUNT, input, target, found, wanted)),
            (false, _) if is_multiple(wanted, found) => Ok(target),
            (false, _) => Err(refused(&MULTIPLE, input, target, found, wanted)),
            (true, 0) if found % wanted == 0 => Ok(target.with(at, (found / wanted) as Dim)),
            (true, 0) => Err(refused(&REST, input, target, found, wanted)),
            // As many elements beside one open size each: the open sizes are the same.
            (true, 1) if found == wanted => Ok(target.with(at, input.d(unknown_at))),
            (true, _) => Ok(target.with(at, ANY_DIM)),
        }
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let shape = run.dims().clone();
        Ok(run.take(0).with_shape(shape))
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (x, slope) = (back.input(0), back.slope());
        back.give(0, || slope.reshape_like(x));
    }
}

const fn refused(rule: &'static Rule, input: Shape, target: Shape, x: usize, y: usize) -> SpecError {
    SpecError::new("reshape", rule).shapes(input, target).numbers(x as i64, y as i64)
}

op! {
    /// `x` with a dimension of 1 more, at `axis` of the result; -1 is its last. TensorFlow: `tf.expand_dims`.
    pub fn expand_dims[T: Element](x: impl AsTensor<T>, axis: i32) -> T;
    "ExpandDims": ExpandDims { axis }, (x)
}

/// A dimension of 1 more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExpandDims {
    /// Where the result has it.
    pub axis: i32,
}

impl ExpandDims {
    pub(super) const fn type_name(&self) -> &'static str {
        "ExpandDims"
    }
    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        dimensions::insert("expand_dims", &inputs[0], self.axis, 1)
    }
    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }
    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let shape = run.dims().clone();
        Ok(run.take(0).with_shape(shape))
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (x, slope) = (back.input(0), back.slope());
        back.give(0, || slope.reshape_like(x));
    }
}

op! {
    /// `x` without the named dimensions, which are 1; [`ALL`](crate::ALL) names every dimension of 1. TensorFlow: `tf.squeeze`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{ALL, Graph, constant, squeeze};
    /// let graph = Graph::new();
    /// let (all, last) = graph.build(|| {
    ///     let x = constant([[[1.0f32], [2.0]]]);
    ///     (squeeze(x, ALL), squeeze(x, -1))
    /// })?;
    /// assert_eq!((all.shape().to_string(), last.shape().to_string()), ("[2]".into(), "[1, 2]".into()));
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn squeeze[T: Element, A: AxesArgument](x: impl AsTensor<T>, axes: A) -> T;
    "Squeeze": Squeeze { axes: Axes::of(axes) }, (x)
}

/// Dimensions of 1 fewer.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Squeeze {
    axes: Axes,
}

static NOT_ONE: Rule = Rule {
    code: "E-SQUEEZE",
    says: "axis {x} is to go, and has {y} elements, not 1",
    left: "input",
    right: "",
    help: "name axes of size 1, take one element of the axis with `tf::slice`, or reduce it",
};

impl Squeeze {
    pub(super) const fn type_name(&self) -> &'static str {
        "Squeeze"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let input = inputs[0];
        if !input.has_rank() {
            return Ok(Shape::UNKNOWN);
        }
        let mut gone = match self.axes.chosen("squeeze", &input) {
            Ok(gone) => gone,
            Err(error) => return Err(error),
        };
        let all = matches!(self.axes, Axes::All);
        let mut i = 0;
        while i < input.rank() {
            if all && !is_size(input.d(i)) {
                return Ok(Shape::UNKNOWN);
            }
            if all {
                gone[i] = input.d(i) == 1;
            } else if gone[i] && is_size(input.d(i)) && input.d(i) != 1 {
                return Err(SpecError::new("squeeze", &NOT_ONE)
                    .shapes(input, Shape::UNKNOWN)
                    .numbers(i as i64, input.d(i) as i64));
            }
            i += 1;
        }
        Ok(dimensions::without(&input, &gone))
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let shape = run.dims().clone();
        Ok(run.take(0).with_shape(shape))
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (x, slope) = (back.input(0), back.slope());
        back.give(0, || slope.reshape_like(x));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::{ANY, symbol};

    fn reshaped(input: Shape, target: &[usize]) -> Result<Shape, &'static str> {
        Reshape { shape: Ok(Some(Shape::of(target))) }.rule(&[input]).map_err(|e| e.rule.code)
    }

    #[test]
    fn the_number_of_elements_stays() {
        let x = Shape::of(&[2, 3, 4]);
        assert_eq!(reshaped(x, &[6, 4]), Ok(Shape::of(&[6, 4])));
        assert_eq!(reshaped(x, &[6, 5]), Err("E-RESHAPE"));
        assert_eq!(reshaped(x, &[]), Err("E-RESHAPE"));
    }

    #[test]
    fn one_size_is_inferred() {
        let x = Shape::of(&[2, 3, 4]);
        assert_eq!(reshaped(x, &[ANY, 8]), Ok(Shape::of(&[3, 8])));
        assert_eq!(reshaped(x, &[5, ANY]), Err("E-RESHAPE"));
        assert_eq!(reshaped(x, &[ANY, ANY]), Err("E-RESHAPE-TWO-UNKNOWN"));
        assert_eq!(reshaped(Shape::of(&[0, 3]), &[0, ANY]), Err("E-RESHAPE-EMPTY"));
    }

    #[test]
    fn unknown_sizes_are_judged_as_far_as_they_can_be() {
        let batch = Shape::of_dims(&[symbol(0), 7, 7, 64]);
        assert_eq!(reshaped(batch, &[ANY, 3136]), Ok(Shape::of_dims(&[symbol(0), 3136])));
        assert_eq!(reshaped(batch, &[ANY, 64]), Ok(Shape::of(&[ANY, 64])));
        assert_eq!(reshaped(batch, &[2, 3136]), Ok(Shape::of(&[2, 3136])));
        assert_eq!(reshaped(batch, &[3137]), Err("E-RESHAPE"));
        assert_eq!(reshaped(Shape::UNKNOWN, &[ANY, 5]), Ok(Shape::of(&[ANY, 5])));
    }

    #[test]
    fn only_ones_are_squeezed() {
        let of = |axis: i32| Squeeze { axes: Axes::of(axis) }.rule(&[Shape::of(&[1, 3, ANY])]);
        assert_eq!(of(0).map_err(|e| e.rule.code), Ok(Shape::of(&[3, ANY])));
        assert_eq!(of(-1).map_err(|e| e.rule.code), Ok(Shape::of(&[1, 3])));
        assert_eq!(of(1).map_err(|e| e.rule.code), Err("E-SQUEEZE"));
        let all = Squeeze { axes: Axes::of(crate::ALL) };
        assert_eq!(all.rule(&[Shape::of(&[1, 3, 1])]).map_err(|e| e.rule.code), Ok(Shape::of(&[3])));
        assert_eq!(all.rule(&[Shape::of(&[1, ANY])]).map_err(|e| e.rule.code), Ok(Shape::UNKNOWN));
    }
}
