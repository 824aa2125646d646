//! Values whose gradient is not that of what they were computed by: stopped, or given by the user.

use super::{NO_FLOPS, like::of_one_shape};
use crate::{
    differentiation::{backward::Backward, term::Term},
    dtype::{Element, Float},
    engine::run::Run,
    error::Result,
    graph::{
        node::{Input, apply},
        with_current,
    },
    mistake::Mistake,
    shape::Shape,
    spec::SpecError,
    tensor::{AsTensor, Tensor},
    value::Value,
};
use std::{fmt, sync::Arc};

op! {
    /// The same values, taken as constants by gradients: nothing before it gets a slope through it. TensorFlow: `tf.stop_gradient`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, constant, gradients, stop_gradient};
    /// let graph = Graph::new();
    /// let slope = graph.build(|| {
    ///     let x = constant(3.0f32);
    ///     gradients(x * stop_gradient(x), x)
    /// })?;
    /// assert_eq!(Session::new(&graph)?.run(slope)?[[]], 3.0);
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn stop_gradient[T: Element](x: impl AsTensor<T>) -> T;
    "StopGradient": StopGradient, (x)
}

/// Passes its input on, and no slope back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StopGradient;

impl StopGradient {
    pub(super) const fn type_name(&self) -> &'static str {
        "StopGradient"
    }
    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[0])
    }
    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }
    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        Ok(run.take(0))
    }
}

/// `forward(xs)`, with `backward` in place of its gradient: from the slope behind the value, the `xs` and the value it computes the
/// slopes of the `xs`, in ops like any other.
///
/// For functions whose own gradient is inexact or not wanted. A `#[variable_scope]` that calls it is `dynamic`, as it takes closures.
/// TensorFlow: `tf.custom_gradient`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, constant, custom_gradient, exp, gradients, log};
/// let graph = Graph::new();
/// // ln(1 + eˣ), whose gradient as it stands is NaN for a large x.
/// let slope = graph.build(|| {
///     let x = constant(100.0f32);
///     let y = custom_gradient([x], |[x]| log(1.0 + exp(x)), |slope, [x], _| [slope * (1.0 - 1.0 / (1.0 + exp(x)))]);
///     gradients(y, x)
/// })?;
/// assert_eq!(Session::new(&graph)?.run(slope)?[[]], 1.0);
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn custom_gradient<T: Float, const N: usize>(
    xs: [Tensor<T>; N],
    forward: impl FnOnce([Tensor<T>; N]) -> Tensor<T>,
    backward: impl Fn(Tensor<T>, [Tensor<T>; N], Tensor<T>) -> [Tensor<T>; N] + Send + Sync + 'static,
) -> Tensor<T> {
    let y = forward(xs);
    let inputs: Vec<Input> = std::iter::once(y).chain(xs).map(Into::into).collect();
    let untyped = move |slope: Term, inputs: &[Term]| -> Vec<Term> {
        let xs = std::array::from_fn(|i| inputs[1 + i].tensor());
        let slopes = backward(slope.tensor(), xs, inputs[0].tensor());
        slopes.into_iter().map(|given| Term::of(given, slope.at)).collect()
    };
    let op = CustomGradient { backward: Arc::new(untyped) };
    apply("IdentityN", op.into(), &inputs, |shapes| Ok(shapes[0]))
}

/// Passes its first input on; the others get the slopes that a function of the user computes.
#[derive(Clone)]
pub struct CustomGradient {
    backward: Arc<Slopes>,
}

type Slopes = dyn Fn(Term, &[Term]) -> Vec<Term> + Send + Sync;

impl fmt::Debug for CustomGradient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomGradient(..)")
    }
}

impl CustomGradient {
    pub(super) const fn type_name(&self) -> &'static str {
        "IdentityN"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[0])
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        Ok(run.take(0))
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let slope = back.slope();
        let given = (self.backward)(slope, back.inputs());
        for (i, given) in given.into_iter().enumerate() {
            let x = back.input(1 + i);
            if let Err(error) = of_one_shape(given.shape(), x.shape())
                && !given.shape().is_poison()
            {
                // With no graph there would be no gradient to compute.
                let _ = with_current("custom_gradient", |state| state.record(&Mistake::Spec(error), slope.at));
            }
            back.give(1 + i, || given);
        }
    }
}
