//! Random values in the shape of a tensor, which may be known only when the graph runs.

use super::random::{Draw, Random};
use crate::{
    check::Cx,
    dtype::Float,
    engine::run::Run,
    error::Result,
    graph::{node::apply, with_current},
    shape::Shape,
    spec::{Rule, SpecError},
    tensor::{AsTensor, GivenShape, ShapeArgument, Tensor, shape_at},
    value::Value,
};

/// Draws values in the shape of its input, or in one that broadcasts to it; each run of the op goes on in its stream.
#[derive(Clone, Copy, Debug)]
pub struct RandomLike {
    draw: Draw,
    /// Sizes in place of the input's; an unknown one is the input's.
    sizes: Option<Shape>,
    /// Graph seed and op seed, as TensorFlow combines them.
    pub(super) seeds: (u64, u64),
}

impl RandomLike {
    pub(super) const fn type_name(&self) -> &'static str {
        "RandomUniform"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        match &self.sizes {
            Some(sizes) => narrowed(&inputs[0], sizes),
            None => Ok(inputs[0]),
        }
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let shape = Ok(Some(Shape::of(run.shape())));
        Random { draw: self.draw, shape, seeds: self.seeds }.run(run)
    }
}

static NOISE: Rule = Rule {
    code: "E-NOISE-SHAPE",
    says: "the shape of the noise does not broadcast to the input",
    left: "input",
    right: "noise",
    help: "write a size for each dimension: 1 for one choice along it, `tf::ANY` for the input's own",
};

/// The sizes, where an unknown one is the shape's own; each of the others is 1 or the same.
const fn narrowed(shape: &Shape, sizes: &Shape) -> Result<Shape, SpecError> {
    if !shape.has_rank() {
        return Ok(*sizes);
    }
    let mut narrow = *shape;
    let mut fits = shape.rank() == sizes.rank() && sizes.has_rank();
    let mut axis = 0;
    while fits && axis < shape.rank() {
        if let Some(size) = sizes.size(axis) {
            fits = match shape.size(axis) {
                Some(own) => size == 1 || size == own,
                None => true,
            };
            narrow = narrow.with(axis, sizes.d(axis));
        }
        axis += 1;
    }
    if fits { Ok(narrow) } else { Err(SpecError::new("random_uniform", &NOISE).shapes(*shape, *sizes)) }
}

/// Real numbers drawn evenly from `[low, high)` in the shape of `x`. Calls with equal seeds draw equal numbers; without one the seed
/// follows from that of the graph.
///
/// TensorFlow: `tf.random_uniform(tf.shape(x), low, high, seed=seed)`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, constant, random_uniform_like};
/// let graph = Graph::new();
/// let drawn = graph.build(|| random_uniform_like(constant([0.0f32, 0.0]), 2.0, 3.0, Some(7)))?;
/// assert!(Session::new(&graph)?.run(drawn)?.iter().all(|x| (2.0..3.0).contains(x)));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn random_uniform_like<T: Float>(x: impl AsTensor<T>, low: f64, high: f64, seed: Option<i64>) -> Tensor<T> {
    drawn(x.as_tensor(), None, low, high, seed)
}

#[track_caller]
fn drawn<T: Float>(x: Tensor<T>, sizes: Option<Shape>, low: f64, high: f64, seed: Option<i64>) -> Tensor<T> {
    let seeds = match with_current("random_uniform", |state| state.seeds(seed)) {
        Ok(seeds) => seeds,
        Err(orphan) => return orphan.tensor(),
    };
    let op = RandomLike { draw: Draw::Uniform { low, high }, sizes, seeds };
    apply("random_uniform", op.into(), &[x.into()], |shapes| op.rule(shapes))
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct random_uniform_like<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> random_uniform_like<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    #[track_caller]
    pub const fn call<T: Float>(self, x: impl AsTensor<T>, _low: f64, _high: f64, _seed: Option<i64>) -> Tensor<T> {
        let shape = self.cx.input(x);
        self.cx.count(super::per_element(&shape));
        Tensor::at_build_time(shape)
    }
}

/// [`random_uniform_like`](fn@random_uniform_like) with other sizes: each is 1, so that what is drawn broadcasts along it, or that of `x`, as
/// where it is [`ANY`](crate::ANY).
///
/// # Errors
/// `E-NOISE-SHAPE` for sizes that do not broadcast to `x`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{ANY, Graph, Session, constant, random_uniform_along};
/// let graph = Graph::new();
/// let x = [[0.0f32, 0.0], [0.0, 0.0], [0.0, 0.0]];
/// let drawn = graph.build(|| random_uniform_along(constant(x), [ANY, 1], 0.0, 1.0, Some(7)))?;
/// assert_eq!(Session::new(&graph)?.run(drawn)?.shape(), [3, 1]);
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn random_uniform_along<T: Float, S: ShapeArgument>(
    x: impl AsTensor<T>,
    sizes: S,
    low: f64,
    high: f64,
    seed: Option<i64>,
) -> Tensor<T> {
    drawn(x.as_tensor(), Some(given(sizes)), low, high, seed)
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct random_uniform_along<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> random_uniform_along<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    #[track_caller]
    pub const fn call<T: Float, S: ShapeArgument>(
        self,
        x: impl AsTensor<T>,
        sizes: S,
        _low: f64,
        _high: f64,
        _seed: Option<i64>,
    ) -> Tensor<T> {
        let shape = self.cx.input(x);
        let shape = self.cx.settle(&[shape], narrowed(&shape, &given(sizes)));
        self.cx.count(super::per_element(&shape));
        Tensor::at_build_time(shape)
    }
}

/// The sizes that are asked for; none that fit, where they are no shape.
const fn given<S: ShapeArgument>(sizes: S) -> Shape {
    let mut shape = Shape::UNKNOWN;
    // SAFETY: the sizes are of kind `S::KIND`, as the trait promises, and live until the end of this function.
    match unsafe { shape_at(S::KIND, &raw const sizes as *const (), &mut shape) } {
        GivenShape::Shape => shape,
        GivenShape::Nothing | GivenShape::Wrong(_) => Shape::UNKNOWN,
    }
}
