//! Learning rates as functions of the step. Each is a scalar tensor that follows the step it is given, as a rule the global step.

use crate::prelude::*;
use core::f32::consts::PI;

/// The step as a multiple of `decay_steps`, whole if `staircase`.
#[variable_scope]
#[track_caller]
fn periods(global_step: Tensor<i64>, decay_steps: i64, staircase: bool) -> Tensor<f32> {
    let periods = tf::cast::<f32, _>(global_step) / tf::cast::<f32, i64>(decay_steps);
    if staircase { tf::floor(periods) } else { periods }
}

/// `learning_rate · decay_rate^(step / decay_steps)`; with `staircase` the exponent is rounded down.
///
/// TensorFlow: `tf.train.exponential_decay`.
///
/// ```
/// use tf::prelude::*;
/// let graph = tf::Graph::new();
/// let rate = graph.build(|| tf::train::exponential_decay(0.1, tf::constant(20i64), 10, 0.5, false))?;
/// assert_eq!(tf::Session::new(&graph)?.run(rate)?[[]], 0.025);
/// # Ok::<(), tf::Error>(())
/// ```
#[variable_scope]
#[track_caller]
pub fn exponential_decay(
    learning_rate: f32,
    global_step: Tensor<i64>,
    decay_steps: i64,
    decay_rate: f32,
    staircase: bool,
) -> Tensor<f32> {
    name_scope!("ExponentialDecay", {
        tf::pow(decay_rate, periods(global_step, decay_steps, staircase)) * learning_rate
    })
}

/// `learning_rate · e^(-decay_rate · step / decay_steps)`; with `staircase` the quotient is rounded down.
///
/// TensorFlow: `tf.train.natural_exp_decay`.
#[variable_scope]
#[track_caller]
pub fn natural_exp_decay(
    learning_rate: f32,
    global_step: Tensor<i64>,
    decay_steps: i64,
    decay_rate: f32,
    staircase: bool,
) -> Tensor<f32> {
    name_scope!("NaturalExpDecay", {
        tf::exp(periods(global_step, decay_steps, staircase) * -decay_rate) * learning_rate
    })
}

/// `learning_rate / (1 + decay_rate · step / decay_steps)`; with `staircase` the quotient is rounded down.
///
/// TensorFlow: `tf.train.inverse_time_decay`.
#[variable_scope]
#[track_caller]
pub fn inverse_time_decay(
    learning_rate: f32,
    global_step: Tensor<i64>,
    decay_steps: i64,
    decay_rate: f32,
    staircase: bool,
) -> Tensor<f32> {
    name_scope!("InverseTimeDecay", {
        tf::divide(learning_rate, periods(global_step, decay_steps, staircase) * decay_rate + 1.0)
    })
}

/// From `learning_rate` to `end` in `decay_steps` along `(1 - step / decay_steps)^power`. Then it stays at `end`, or with `cycle` goes on
/// from the same curve over as many times `decay_steps` as it takes to hold the step.
///
/// TensorFlow: `tf.train.polynomial_decay`.
#[variable_scope]
#[track_caller]
pub fn polynomial_decay(
    learning_rate: f32,
    global_step: Tensor<i64>,
    decay_steps: i64,
    end: f32,
    power: f32,
    cycle: bool,
) -> Tensor<f32> {
    name_scope!("PolynomialDecay", {
        let passed = periods(global_step, decay_steps, false);
        let passed = if cycle { passed / tf::maximum(tf::ceil(passed), 1.0) } else { tf::minimum(passed, 1.0) };
        let left = tf::subtract(1.0, passed);
        tf::pow(left, power) * (learning_rate - end) + end
    })
}

/// From `learning_rate` to `alpha · learning_rate` in `decay_steps` along half a cosine (Loshchilov and Hutter 2017); then it stays.
///
/// TensorFlow: `tf.train.cosine_decay`.
#[variable_scope]
#[track_caller]
pub fn cosine_decay(learning_rate: f32, global_step: Tensor<i64>, decay_steps: i64, alpha: f32) -> Tensor<f32> {
    name_scope!("CosineDecay", {
        let passed = tf::minimum(periods(global_step, decay_steps, false), 1.0);
        above(half_cosine(passed), alpha) * learning_rate
    })
}

/// From 1 to 0 along half a cosine as `passed` goes from 0 to 1.
#[variable_scope]
#[track_caller]
fn half_cosine(passed: Tensor<f32>) -> Tensor<f32> {
    (tf::cos(passed * PI) + 1.0) * 0.5
}

/// What falls from 1 to 0, falling to `alpha` instead.
#[variable_scope]
#[track_caller]
fn above(falling: Tensor<f32>, alpha: f32) -> Tensor<f32> {
    falling * (1.0 - alpha) + alpha
}

/// [`cosine_decay`] again and again: each time over `t_mul` times as many steps, from `m_mul` times the height above `alpha`.
///
/// TensorFlow: `tf.train.cosine_decay_restarts`.
#[variable_scope]
#[track_caller]
pub fn cosine_decay_restarts(
    learning_rate: f32,
    global_step: Tensor<i64>,
    first_decay_steps: i64,
    t_mul: f32,
    m_mul: f32,
    alpha: f32,
) -> Tensor<f32> {
    name_scope!("SGDRDecay", {
        let passed = periods(global_step, first_decay_steps, false);
        if t_mul == 1.0 {
            let restarts = tf::floor(passed);
            above(half_cosine(passed - restarts) * tf::pow(m_mul, restarts), alpha) * learning_rate
        } else {
            // The n-th restart comes after (t_mul^n - 1) / (t_mul - 1) times the first.
            let restarts =
                tf::floor(tf::log(tf::subtract(1.0, passed * (1.0 - t_mul))) / tf::log(tf::scalar(t_mul as f64)));
            let length = tf::pow(t_mul, restarts);
            let before = (length - 1.0) / (t_mul - 1.0);
            above(half_cosine((passed - before) / length) * tf::pow(m_mul, restarts), alpha) * learning_rate
        }
    })
}

/// `first`, and after step `boundary` of each pair its value. The boundaries rise.
///
/// TensorFlow: `tf.train.piecewise_constant`, whose two lists of different length cannot go wrong here.
///
/// ```
/// use tf::prelude::*;
/// let graph = tf::Graph::new();
/// let rate = graph.build(|| tf::train::piecewise_constant(tf::constant(15i64), 0.1, [(10, 0.05), (20, 0.01)]))?;
/// assert_eq!(tf::Session::new(&graph)?.run(rate)?[[]], 0.05);
/// # Ok::<(), tf::Error>(())
/// ```
#[variable_scope]
#[track_caller]
pub fn piecewise_constant<const N: usize>(global_step: Tensor<i64>, first: f32, then: [(i64, f32); N]) -> Tensor<f32> {
    name_scope!("PiecewiseConstant", {
        let mut rate: Tensor<f32> = tf::scalar(first as f64);
        for (boundary, value) in then {
            rate = tf::select(tf::greater(global_step, boundary), value, rate);
        }
        rate
    })
}

/// `rate` times the part of `warmup_steps` that has passed, at most 1: lets a schedule begin slowly (Goyal et al. 2017).
#[variable_scope]
#[track_caller]
pub fn linear_warmup(rate: Tensor<f32>, global_step: Tensor<i64>, warmup_steps: i64) -> Tensor<f32> {
    name_scope!("LinearWarmup", { tf::minimum(periods(global_step, warmup_steps, false), 1.0) * rate })
}
