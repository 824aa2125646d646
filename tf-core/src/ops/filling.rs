//! Tensors of one value, and the shape of a tensor as a tensor.

use super::{
    NO_FLOPS,
    axes::Axes,
    dimensions,
    movement::{moved, only},
    rules,
};
use crate::{
    differentiation::backward::Backward,
    dtype::{DType, Element},
    engine::{cast, run::Run},
    error::{Error, Result, Status},
    shape::{MAX_RANK, Shape},
    spec::SpecError,
    tensor::{AsTensor, ShapeArgument, shape_argument},
    value::Value,
};

op! {
    /// `value`, a scalar, in every element of a tensor whose sizes are known when the graph runs: those in the vector `dims`.
    ///
    /// Where they are known before, `tf::broadcast_to(value, shape)` has a known shape. TensorFlow: `tf.fill`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, constant, fill, shape_of};
    /// let graph = Graph::new();
    /// let y = graph.build(|| fill(shape_of(constant([["a"], ["b"]])), 0.5f32))?;
    /// assert_eq!((y.shape().to_string(), Session::new(&graph)?.run(y)?.shape()), ("[?, ?]".into(), &[2, 1][..]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn fill[T: Element](dims: impl AsTensor<i32>, value: impl AsTensor<T>) -> T;
    "Fill": Fill, (dims, value)
}

/// One value in a shape known when the graph runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fill;

impl Fill {
    pub(super) const fn type_name(&self) -> &'static str {
        "Fill"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let dims = inputs[0];
        if let Err(error) = rules::need_rank("fill", 0, &dims, 1) {
            return Err(error);
        }
        if let Err(error) = rules::need_rank("fill", 1, &inputs[1], 0) {
            return Err(error);
        }
        match dims.size(0) {
            Some(rank) => match dimensions::need_room("fill", &dims, rank) {
                Ok(()) => Ok(Shape::of_rank(rank)),
                Err(error) => Err(error),
            },
            None => Ok(Shape::UNKNOWN),
        }
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let mut sizes = Vec::with_capacity(MAX_RANK);
        for (axis, &size) in run.slice::<i32>(0).iter().enumerate() {
            sizes.push(usize::try_from(size).map_err(|_| {
                Error::new(
                    Status::InvalidArgument,
                    "E-FILL",
                    format!("size {axis} is {size}, and sizes are 0 or more\n  help: look at where `dims` comes from"),
                )
            })?);
        }
        let shape = Shape::of(&sizes);
        dimensions::limited("fill", &shape, shape).map_err(|error| Error::from_spec(&error, &[]))?;
        filled(run, run.input(1), sizes)
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let slope = back.slope();
        back.give(1, || slope.sum(Axes::All, false));
    }
}

fn filled(run: &Run<'_>, value: &Value, shape: Vec<usize>) -> Result<Value> {
    moved!(run, &[value], vec![shape], kernel = [fill_u8, fill_u16, fill_u32, fill_u64] => |from, to| {
        kernel(from[0][0], to[0])
    })
    .map(only)
}

/// The value that ops of one value fill in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Filling {
    /// 0, false, the empty text.
    Zero,
    /// 1, true, the text `1`.
    One,
}

impl Filling {
    fn value(self, dtype: DType) -> Value {
        match self {
            Filling::Zero if dtype == DType::String => Value::scalar(String::new()),
            Filling::Zero => cast::number(0.0, dtype),
            Filling::One => cast::number(1.0, dtype),
        }
    }
}

op! {
    /// Zeros (false, empty texts) in a known shape: `zeros::<f32, _>([2, 3])`. TensorFlow: `tf.zeros`.
    pub fn zeros[T: Element, S: ShapeArgument](shape: S) -> T;
    "zeros": Filled { filling: Filling::Zero, shape: shape_argument(shape) }, ()
}

op! {
    /// Ones (true, the text `1`) in a known shape: `ones::<f32, _>([2, 3])`. TensorFlow: `tf.ones`.
    pub fn ones[T: Element, S: ShapeArgument](shape: S) -> T;
    "ones": Filled { filling: Filling::One, shape: shape_argument(shape) }, ()
}

/// One value in a known shape.
#[derive(Clone, Copy, Debug)]
pub struct Filled {
    filling: Filling,
    shape: Result<Option<Shape>, SpecError>,
}

impl Filled {
    pub(super) const fn of(filling: Filling, shape: Shape) -> Filled {
        Filled { filling, shape: Ok(Some(shape)) }
    }

    pub(super) const fn type_name(&self) -> &'static str {
        "Const"
    }

    pub(crate) const fn rule(&self, _: &[Shape]) -> Result<Shape, SpecError> {
        let op = match self.filling {
            Filling::Zero => "zeros",
            Filling::One => "ones",
        };
        dimensions::given_whole(op, &self.shape)
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        filled(run, &self.filling.value(run.spec(0).dtype), run.shape().to_vec())
    }
}

op! {
    /// Zeros (false, empty texts) in the shape of `x`. TensorFlow: `tf.zeros_like`.
    pub fn zeros_like[T: Element](x: impl AsTensor<T>) -> T;
    "zeros_like": FilledLike { filling: Filling::Zero }, (x)
}

op! {
    /// Ones (true, the text `1`) in the shape of `x`. TensorFlow: `tf.ones_like`.
    pub fn ones_like[T: Element](x: impl AsTensor<T>) -> T;
    "ones_like": FilledLike { filling: Filling::One }, (x)
}

/// One value in the shape of the input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FilledLike {
    /// The value.
    pub filling: Filling,
}

impl FilledLike {
    pub(super) const fn type_name(&self) -> &'static str {
        match self.filling {
            Filling::Zero => "ZerosLike",
            Filling::One => "OnesLike",
        }
    }
    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[0])
    }
    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }
    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        filled(run, &self.filling.value(run.spec(0).dtype), run.input(0).shape().to_vec())
    }

    /// What it yields for an input of this type that has one element and no dimensions.
    pub(crate) fn scalar(&self, dtype: DType) -> Value {
        self.filling.value(dtype)
    }
}

op! {
    /// The sizes of `x` when the graph runs, as a vector; `x.shape()` is what is known before. TensorFlow: `tf.shape`.
    pub fn shape_of[T: Element](x: impl AsTensor<T>) -> i32;
    "Shape": ShapeOf, (x)
}

/// The sizes of the input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ShapeOf;

impl ShapeOf {
    pub(super) const fn type_name(&self) -> &'static str {
        "Shape"
    }
    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(if inputs[0].has_rank() { Shape::of(&[inputs[0].rank()]) } else { Shape::of_rank(1) })
    }
    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }
    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        self.of(run.input(0).shape())
    }

    /// What it yields for an input of these sizes.
    pub(crate) fn of(&self, sizes: &[usize]) -> Result<Value> {
        let small = sizes.iter().map(|&size| i32::try_from(size)).collect::<std::result::Result<Vec<i32>, _>>();
        let small = small.map_err(|_| {
            Error::new(
                Status::OutOfRange,
                "E-SHAPE-RANGE",
                format!("a size of {sizes:?} is beyond i32\n  help: take sizes from `x.shape()` instead"),
            )
        })?;
        Ok(Value::new(vec![sizes.len()], small))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn as_many_dimensions_as_there_are_sizes() {
        let of =
            |dims: &[usize], value: &[usize]| Fill.rule(&[Shape::of(dims), Shape::of(value)]).map_err(|e| e.rule.code);
        assert_eq!((of(&[2], &[]), of(&[ANY], &[])), (Ok(Shape::of_rank(2)), Ok(Shape::UNKNOWN)));
        assert_eq!((of(&[2, 1], &[]), of(&[2], &[1])), (Err("E-RANK"), Err("E-RANK")));
        assert_eq!(of(&[9], &[]), Err("E-RANK-LIMIT"));
    }

    #[test]
    fn zeros_are_zero_in_every_type() {
        assert_eq!(Filling::Zero.value(DType::String).as_slice::<String>(), Some(&[String::new()][..]));
        assert_eq!(Filling::One.value(DType::Bool).as_slice::<bool>(), Some(&[true][..]));
        assert_eq!(Filling::One.value(DType::F16).as_slice::<half::f16>(), Some(&[half::f16::ONE][..]));
    }
}
