//! What goes from a step to the next.

use crate::{
    Float, Ranks, Shape, Tensor, demand, depth_of,
    spec::{Rule, SpecError},
    variable_scope,
};

static UNITS: Rule = Rule {
    code: "E-CELL-STATE",
    says: "the state has {x} units, and the cell has {y}",
    left: "state",
    right: "",
    help: "start from `zero_state(x, {y})`, or hand on the state that the cell's last call returned",
};

/// Zeros for each example of `x`, a batch of vectors: the state that recurrent layers start from, `[batch, units]`.
///
/// TensorFlow: `cell.zero_state(batch_size, dtype)`.
///
/// ```
/// use tf::{layers::zero_state, prelude::*};
/// model! {
///     pub Start(x: f32[?, 3]) -> f32[?, 8] { zero_state(x, 8) }
/// }
/// ```
#[variable_scope]
#[track_caller]
pub fn zero_state<T: Float>(x: Tensor<T>, units: usize) -> Tensor<T> {
    match x.shape().size(0) {
        Some(batch) => tf::zeros([batch, units]),
        None => {
            let batch = tf::slice(tf::shape_of(x), [0], [1]);
            let width = tf::cast::<i32, i64>(tf::constant([units as i64]));
            let zeros = tf::fill(tf::concat([batch, width], 0), tf::scalar(0.0));
            zeros.reshape([tf::ANY, units])
        }
    }
}

static STEPS: Rule = Rule {
    code: "E-RECURRENT-STEPS",
    says: "there is no step to take",
    left: "",
    right: "",
    help: "give it an array of one input or more, such as `tf::unstack(x, 1)` makes",
};

/// What a recurrent layer starts from.
#[variable_scope]
#[track_caller]
pub(super) fn first_state<T: Float>(
    layer: &'static str,
    xs: &[Tensor<T>],
    initial: Option<Tensor<T>>,
    units: usize,
) -> Tensor<T> {
    demand(!xs.is_empty(), SpecError::new(layer, &STEPS));
    match (initial, xs.first()) {
        (Some(state), _) => state,
        (None, Some(x)) => zero_state(*x, units),
        (None, None) => tf::zeros([1, units]),
    }
}

/// Demands a state of the cell's own size.
#[variable_scope]
#[track_caller]
pub(super) fn fitting<T: Float>(cell: &'static str, state: Tensor<T>, units: usize) {
    let found = depth_of(cell, state, Ranks::Exactly(2));
    let error = SpecError::new(cell, &UNITS).shapes(state.shape(), Shape::UNKNOWN).numbers(found as i64, units as i64);
    demand(found == units, error);
}
