//! Random values in the shape of a tensor, which may be known only when the graph runs.

use super::random::{Draw, Random};
use crate::{
    check::Cx,
    dtype::Float,
    engine::run::Run,
    error::Result,
    graph::{node::apply, with_current},
    shape::Shape,
    spec::SpecError,
    tensor::{AsTensor, Tensor},
    value::Value,
};

/// Draws values in the shape of its input; each run of the op goes on in its stream.
#[derive(Clone, Copy, Debug)]
pub struct RandomLike {
    draw: Draw,
    /// Graph seed and op seed, as TensorFlow combines them.
    seeds: (u64, u64),
}

impl RandomLike {
    pub(super) const fn type_name(&self) -> &'static str {
        "RandomUniform"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[0])
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let shape = Ok(Some(Shape::of(run.shape())));
        Random { draw: self.draw, shape, seeds: self.seeds }.run(run)
    }
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
    let seeds = match with_current("random_uniform", |state| state.seeds(seed)) {
        Ok(seeds) => seeds,
        Err(orphan) => return orphan.tensor(),
    };
    let op = RandomLike { draw: Draw::Uniform { low, high }, seeds };
    apply("random_uniform", op.into(), &[x.as_tensor().into()], |shapes| op.rule(shapes))
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
