//! The variables of metrics, and the division of two totals.

use crate::{
    Tensor, Variable, collection, demand, get_variable,
    spec::{Rule, SpecError},
    variable_scope, zeros_initializer,
};

/// A total that starts from 0, in the scope that is open (M1).
#[variable_scope]
#[track_caller]
pub(super) fn total(name: &'static str) -> Variable<f32> {
    get_variable!(
        name,
        [],
        dtype = f32,
        initializer = zeros_initializer(),
        trainable = false,
        collections = [collection::LOCAL_VARIABLES, collection::METRIC_VARIABLES]
    )
}

/// Totals that start from 0, for so many things at once.
#[variable_scope]
#[track_caller]
pub(super) fn totals(name: &'static str, count: usize) -> Variable<f32> {
    get_variable!(
        name,
        [count],
        dtype = f32,
        initializer = zeros_initializer(),
        trainable = false,
        collections = [collection::LOCAL_VARIABLES, collection::METRIC_VARIABLES]
    )
}

static WEIGHTS: Rule = Rule {
    code: "E-METRIC-WEIGHTS",
    says: "the weights do not broadcast to the values, but beyond them",
    left: "values ",
    right: "weights",
    help: "give one weight for each value, or for each along some dimensions, which are 1 in the others",
};

/// How much each of the values counts.
#[variable_scope]
#[track_caller]
pub(super) fn counted(values: Tensor<f32>, weights: Option<Tensor<f32>>) -> Tensor<f32> {
    match weights {
        Some(weights) => {
            let all = weights * tf::ones_like(values);
            let fit = all.shape().is_poison() || all.shape().compatible(&values.shape());
            demand(fit, SpecError::new("metric", &WEIGHTS).shapes(values.shape(), weights.shape()));
            all
        }
        None => tf::ones_like(values),
    }
}

/// `a / b`, and 0 where there is nothing to divide by.
#[variable_scope]
#[track_caller]
pub(super) fn share(a: Tensor<f32>, b: Tensor<f32>) -> Tensor<f32> {
    let nothing = tf::equal(b, 0.0);
    tf::select(nothing, tf::zeros_like(b), a / tf::select(nothing, tf::ones_like(b), b))
}
