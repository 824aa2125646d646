//! Gradients that are kept small: as an option of optimizers, and for lists of gradients.

use crate::{
    differentiation::{term::Term, variables::AnyGradient},
    dtype::DType,
    error::{Error, Status},
    graph::{described::AnyVariable, naming::enter_name_scope, with_current},
    ops::Arithmetic,
    tensor::Tensor,
};
use std::panic::Location;
use tf_kernels::unary::UnaryOp;

/// What an optimizer does to gradients before it steps against them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Clipping {
    /// Nothing.
    None,
    /// Each element is at least and at most this.
    Value(f64, f64),
    /// Each gradient has at most this Euclidean norm.
    Norm(f64),
    /// All together, as one vector, have at most this.
    GlobalNorm(f64),
}

/// Gradients with the variables that they are of, as [`compute_gradients`](super::Optimizer::compute_gradients) yields them.
pub type Gradients = Vec<(Option<AnyGradient>, AnyVariable)>;

/// Gradients of which each element is at least `min` and at most `max`; of slices, the elements of each slice.
///
/// Mistake: E-CLIP if `min` is above `max`. TensorFlow: `tf.clip_by_value` of each.
#[track_caller]
pub fn clip_gradients_by_value(gradients: &[(Option<AnyGradient>, AnyVariable)], min: f64, max: f64) -> Gradients {
    clipped(gradients, Clipping::Value(min, max), Location::caller())
}

/// Gradients of which each has at most the Euclidean norm `norm`: those beyond are scaled down.
///
/// Mistake: E-CLIP for a norm that is not above 0. TensorFlow: `tf.clip_by_norm` of each.
#[track_caller]
pub fn clip_gradients_by_norm(gradients: &[(Option<AnyGradient>, AnyVariable)], norm: f64) -> Gradients {
    clipped(gradients, Clipping::Norm(norm), Location::caller())
}

/// Gradients that together, as one vector, have at most the Euclidean norm `norm`, all scaled down by one factor; and the norm that they
/// had (Pascanu et al. 2013).
///
/// A norm that is not finite makes every gradient NaN, so that it does not pass unseen. Slices count as they are, also where several belong
/// to one place. Mistake: E-CLIP for a norm that is not above 0. TensorFlow: `tf.clip_by_global_norm`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{AnyVariable, Graph, Session, VariableOptions, collection, get_collection, get_variable, ones_initializer};
/// use tf::train::{GradientDescent, Optimizer, StepOptions, clip_gradients_by_global_norm};
/// let graph = Graph::new();
/// let (w, norm, step) = graph.build(|| {
///     let w = get_variable::<f32, _, _>("w", [2], VariableOptions::new().initializer(ones_initializer()));
///     let optimizer = GradientDescent::new(1.0);
///     let variables = get_collection::<AnyVariable>(collection::TRAINABLE_VARIABLES);
///     let gradients = optimizer.compute_gradients(w * tf::constant([3.0f32, 4.0]), &variables);
///     let (clipped, norm) = clip_gradients_by_global_norm(&gradients, 1.0);
///     (w, norm, optimizer.apply_gradients(&clipped, &StepOptions::new()))
/// })?;
/// let session = Session::new(&graph)?;
/// session.initialize()?;
/// assert_eq!(session.run(norm)?[[]], 5.0);
/// session.run(step)?;
/// let found = session.run(w)?;
/// assert!((found[[0]] - 0.4).abs() < 1e-6 && (found[[1]] - 0.2).abs() < 1e-6);
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn clip_gradients_by_global_norm(
    gradients: &[(Option<AnyGradient>, AnyVariable)],
    norm: f64,
) -> (Gradients, Tensor<f32>) {
    let at = Location::caller();
    demand(Clipping::GlobalNorm(norm), at);
    let _scope = enter_name_scope("clip_by_global_norm");
    match global_norm(gradients, at) {
        Some(found) => (scaled(gradients, norm, found, at), found.cast(DType::F32).tensor()),
        None => (gradients.to_vec(), crate::ops::scalar(0.0)),
    }
}

/// Gradients as the clipping leaves them.
pub(super) fn clipped(
    gradients: &[(Option<AnyGradient>, AnyVariable)],
    clipping: Clipping,
    at: &'static Location<'static>,
) -> Gradients {
    demand(clipping, at);
    let each = |name: &str, clip: &dyn Fn(Term) -> Term| {
        let one = |gradient: &AnyGradient| {
            let _scope = enter_name_scope(name);
            gradient.map(|values| clip(values.made_at(at)))
        };
        gradients.iter().map(|(gradient, variable)| (gradient.as_ref().map(one), *variable)).collect()
    };
    match clipping {
        Clipping::None => gradients.to_vec(),
        Clipping::Value(min, max) => each("clip_by_value", &|x| {
            let below = x.and(Arithmetic::Minimum, x.number(max));
            below.and(Arithmetic::Maximum, x.number(min))
        }),
        Clipping::Norm(norm) => each("clip_by_norm", &|x| {
            let length = x.apply(UnaryOp::Square).total().apply(UnaryOp::Sqrt);
            x * norm / length.and(Arithmetic::Maximum, x.number(norm))
        }),
        Clipping::GlobalNorm(norm) => {
            let _scope = enter_name_scope("clip_by_global_norm");
            match global_norm(gradients, at) {
                Some(found) => scaled(gradients, norm, found, at),
                None => gradients.to_vec(),
            }
        }
    }
}

/// The Euclidean norm of all gradients as one vector, in f64 if one of them is; nothing if there is none.
fn global_norm(gradients: &[(Option<AnyGradient>, AnyVariable)], at: &'static Location<'static>) -> Option<Term> {
    let known = || gradients.iter().filter_map(|(gradient, _)| gradient.as_ref());
    let dtype = if known().any(|gradient| gradient.dtype().is(DType::F64)) { DType::F64 } else { DType::F32 };
    let squares = known().map(|gradient| gradient.values().made_at(at).cast(dtype).apply(UnaryOp::Square).total());
    Some(squares.reduce(|sum, square| sum + square)?.apply(UnaryOp::Sqrt))
}

/// All gradients times `norm / found`, if that is below 1.
fn scaled(
    gradients: &[(Option<AnyGradient>, AnyVariable)],
    norm: f64,
    found: Term,
    at: &'static Location<'static>,
) -> Gradients {
    let factor = (found.number(norm) / found).and(Arithmetic::Minimum, found.number(1.0));
    // The product is 0, or NaN where the norm is not finite.
    let factor = factor + found * 0.0;
    let one = |gradient: &AnyGradient| gradient.map(|values| values.made_at(at) * factor.cast(values.dtype));
    gradients.iter().map(|(gradient, variable)| (gradient.as_ref().map(one), *variable)).collect()
}

/// Records what nothing can be clipped to.
fn demand(clipping: Clipping, at: &'static Location<'static>) {
    let (wrong, what) = match clipping {
        Clipping::None => return,
        Clipping::Value(min, max) => (
            min > max || min.is_nan() || max.is_nan(),
            format!("gradients are clipped to at least {min} and at most {max}, which nothing is"),
        ),
        Clipping::Norm(norm) | Clipping::GlobalNorm(norm) => (
            norm <= 0.0 || norm.is_nan(),
            format!("gradients are clipped to a norm of {norm}, which leaves nothing of them"),
        ),
    };
    if wrong {
        let help = "give a norm above 0, or a smaller number and then a larger one";
        let error = Error::new(Status::InvalidArgument, "E-CLIP", format!("{what}\n  help: {help}"));
        // With no graph there is another mistake, which the gradients carry.
        let _ = with_current("minimize", |state| state.mistakes.push(error.at(at)));
    }
}
