//! Outputs of mean 0 and variance 1: over a batch, and over the features of one example.

use crate::{
    Float, Initializer, Ranks, Shape, Tensor, Variable, control_dependencies, demand, depth_of, get_variable, nn,
    ones_initializer, size_along,
    spec::{Rule, SpecError},
    variable_scope, zeros_initializer,
};

static EPSILON: Rule = Rule {
    code: "E-NORMALIZATION",
    says: "what is added to the variance is below zero or no number, which makes roots of negative numbers",
    left: "",
    right: "",
    help: "give an `.epsilon(..)` of 0.0 or more, such as 0.001",
};
static MOMENTUM: Rule = Rule {
    code: "E-NORMALIZATION",
    says: "how much of an average stays at each update is not from 0 to 1",
    left: "",
    right: "",
    help: "give a `.momentum(..)` such as 0.99",
};

options! {
    /// The options of [`batch_normalization`](fn@batch_normalization).
    pub struct BatchNormalization() in "batch_normalization" {
        /// Along which axis the channels lie; the last, -1. The sizes of those behind it have to be known in training.
        axis: i32 = -1,
        /// Whether the batch's own mean and variance are used, as in training, and kept; false: the averages of those seen.
        training: bool = false,
        /// How much of an average stays at each update; 0.99.
        momentum: f64 = 0.99,
        /// What is added to the variance; 0.001.
        epsilon: f64 = 0.001,
        /// Whether `beta` is added; true.
        center: bool = true,
        /// Whether the result is multiplied by `gamma`; true.
        scale: bool = true,
        /// Whether the output waits for the averages' updates. False: they are in the collection `UPDATE_OPS`, and run when asked for.
        update_in_place: bool = false,
        /// What `beta` starts from; zeros.
        beta_initializer: Initializer = zeros_initializer(),
        /// What `gamma` starts from; ones.
        gamma_initializer: Initializer = ones_initializer(),
        /// What the average of means starts from; zeros.
        moving_mean_initializer: Initializer = zeros_initializer(),
        /// What the average of variances starts from; ones.
        moving_variance_initializer: Initializer = ones_initializer(),
    }
}

/// Each channel with mean 0 and variance 1 over the batch, then scaled and moved as learned (Ioffe and Szegedy 2015). The channels
/// are the last dimension, or lie along [`axis`](BatchNormalization::axis).
///
/// Variables, all `[channels]`: `gamma` and `beta`, which are trained, `moving_mean` and `moving_variance`, which are not: in training
/// they follow the batches by updates that are in the collection `UPDATE_OPS`. TensorFlow: `tf.layers.batch_normalization`; for
/// images the average of variances is of unbiased ones, as there.
///
/// # Errors
/// `E-RANK-LEAST` and `E-DIM-UNKNOWN` for an input without a known number of channels, `E-AXIS` for an axis that it does not
/// have, `E-NORMALIZATION` for numbers that make no sense.
///
/// ```
/// use tf::{layers::{BatchNormalization, batch_normalization}, prelude::*};
/// model! {
///     pub Trained(x: f32[?, 4]) -> f32[?, 4] {
///         batch_normalization(x, BatchNormalization::new().training(true).update_in_place(true))
///     }
/// }
/// model! {
///     /// The same variables, for one example at a time.
///     pub Used reuse Trained (x: f32[?, 4]) -> f32[?, 4] { batch_normalization(x, BatchNormalization::new()) }
/// }
/// let trained = Trained::init(1)?;
/// let used = Used::sharing(&trained)?;
/// trained.run(&ndarray::arr2(&[[1.0, 0.0, 0.0, 0.0], [3.0, 0.0, 0.0, 0.0]]))?;
/// let mean: ndarray::ArrayD<f32> = used.get("batch_normalization/moving_mean")?;
/// assert!((mean[[0]] - 0.02).abs() < 1e-6); // 0.01 of the way to 2
/// # Ok::<(), tf::Error>(())
/// ```
#[variable_scope]
#[track_caller]
pub fn batch_normalization<T: Float>(x: Tensor<T>, options: BatchNormalization) -> Tensor<T> {
    demand(options.epsilon >= 0.0, SpecError::new("batch_normalization", &EPSILON));
    demand(options.momentum >= 0.0 && options.momentum <= 1.0, SpecError::new("batch_normalization", &MOMENTUM));
    let (axis, channels) = size_along("batch_normalization", x, Ranks::AtLeast(2), options.axis);
    variable_scope!(options.scope(), default_name = "batch_normalization", reuse = options.reuse, {
        let mut gain: Option<Variable<T>> = None;
        if options.scale {
            gain = Some(get_variable!(
                "gamma",
                [channels],
                initializer = options.gamma_initializer,
                trainable = options.trainable
            ));
        }
        let mut offset: Option<Variable<T>> = None;
        if options.center {
            offset = Some(get_variable!(
                "beta",
                [channels],
                initializer = options.beta_initializer,
                trainable = options.trainable
            ));
        }
        let moving_mean: Variable<T> =
            get_variable!("moving_mean", [channels], initializer = options.moving_mean_initializer, trainable = false);
        let moving_variance: Variable<T> = get_variable!(
            "moving_variance",
            [channels],
            initializer = options.moving_variance_initializer,
            trainable = false
        );
        if options.training {
            let behind = elements_behind(x, axis);
            let rows = x.reshape([tf::ANY, channels * behind]);
            let (mean, variance) = if behind == 1 {
                nn::moments(rows, 0)
            } else {
                nn::moments(x.reshape([tf::ANY, channels, behind]), [0, 2])
            };
            // TensorFlow has an op of its own for images, whose channels are first or last.
            let seen = if x.rank() == 4 && axis % 2 == 1 { variance * unbiased(rows, behind) } else { variance };
            let step = tf::scalar(1.0 - options.momentum);
            let update_mean = moving_mean.assign_sub((moving_mean - mean) * step);
            let update_variance = moving_variance.assign_sub((moving_variance - seen) * step);
            if options.update_in_place {
                control_dependencies!([update_mean, update_variance], {
                    tf::identity(normalized(x, mean, variance, gain, offset, options.epsilon, axis))
                })
            } else {
                tf::add_to_collection(tf::collection::UPDATE_OPS, update_mean);
                tf::add_to_collection(tf::collection::UPDATE_OPS, update_variance);
                normalized(x, mean, variance, gain, offset, options.epsilon, axis)
            }
        } else {
            normalized(x, moving_mean.value(), moving_variance.value(), gain, offset, options.epsilon, axis)
        }
    })
}

/// The number of elements behind an axis, for each place along it.
#[variable_scope]
#[track_caller]
fn elements_behind<T: Float>(x: Tensor<T>, axis: usize) -> usize {
    let mut elements = 1usize;
    for i in axis + 1..x.rank() {
        elements = elements.saturating_mul(x.dim(i));
    }
    elements
}

/// `n / (n - 1)` for `n` values of each channel, so many in each row: what makes the variance of a sample that of what it was drawn from.
#[variable_scope]
#[track_caller]
fn unbiased<T: Float>(rows: Tensor<T>, in_each: usize) -> Tensor<T> {
    let n = tf::cast::<T, i32>(tf::slice(tf::shape_of(rows), [0], [1])) * tf::scalar(in_each as f64);
    n / tf::maximum(n - tf::scalar(1.0), tf::scalar(1.0))
}

/// A value for each channel, in a shape that broadcasts to one whose channels lie along an axis.
#[variable_scope]
#[track_caller]
fn along<T: Float>(values: Tensor<T>, axis: usize, rank: usize) -> Tensor<T> {
    if axis + 1 >= rank {
        return values;
    }
    let mut shape = Shape::of(&[values.dim(0)]);
    for _ in axis + 1..rank {
        shape = shape.push(1);
    }
    values.reshape(shape)
}

/// `(x - mean) / √(variance + ε) · gain + offset`, as one product and one sum for each element.
#[variable_scope]
#[track_caller]
fn normalized<T: Float>(
    x: Tensor<T>,
    mean: Tensor<T>,
    variance: Tensor<T>,
    gain: Option<Variable<T>>,
    offset: Option<Variable<T>>,
    epsilon: f64,
    axis: usize,
) -> Tensor<T> {
    let mut factor = tf::rsqrt(variance + tf::scalar(epsilon));
    if let Some(gain) = gain {
        factor *= gain;
    }
    let moved = match offset {
        Some(offset) => offset - mean * factor,
        None => -(mean * factor),
    };
    x * along(factor, axis, x.rank()) + along(moved, axis, x.rank())
}

options! {
    /// The options of [`layer_normalization`](fn@layer_normalization).
    pub struct LayerNormalization() in "layer_normalization" {
        /// What is added to the variance; 0.001.
        epsilon: f64 = 0.001,
        /// Whether `beta` is added; true.
        center: bool = true,
        /// Whether the result is multiplied by `gamma`; true.
        scale: bool = true,
        /// What `beta` starts from; zeros.
        beta_initializer: Initializer = zeros_initializer(),
        /// What `gamma` starts from; ones.
        gamma_initializer: Initializer = ones_initializer(),
    }
}

/// Each example with mean 0 and variance 1 over its last dimension, then scaled and moved as learned (Ba et al. 2016).
///
/// Variables, both `[features]`: `gamma`, `beta`. TensorFlow: `tf.keras.layers.LayerNormalization`.
///
/// # Errors
/// `E-RANK-LEAST` and `E-DIM-UNKNOWN` for an input without a known number of features, `E-NORMALIZATION` for an `epsilon` below
/// zero.
///
/// ```
/// use tf::{layers::{LayerNormalization, layer_normalization}, prelude::*};
/// model! {
///     pub Normalized(x: f32[?, 20, 8]) -> f32[?, 20, 8] { layer_normalization(x, LayerNormalization::new()) }
/// }
/// assert_eq!(Normalized::PARAMETERS, 16);
/// ```
#[variable_scope]
#[track_caller]
pub fn layer_normalization<T: Float>(x: Tensor<T>, options: LayerNormalization) -> Tensor<T> {
    demand(options.epsilon >= 0.0, SpecError::new("layer_normalization", &EPSILON));
    let features = depth_of("layer_normalization", x, Ranks::AtLeast(1));
    variable_scope!(options.scope(), default_name = "layer_normalization", reuse = options.reuse, {
        let (mean, variance) = nn::moments_keep(x, -1);
        let mut y = (x - mean) * tf::rsqrt(variance + tf::scalar(options.epsilon));
        if options.scale {
            y *= get_variable!(
                "gamma",
                [features],
                initializer = options.gamma_initializer,
                trainable = options.trainable
            );
        }
        if options.center {
            y += get_variable!(
                "beta",
                [features],
                initializer = options.beta_initializer,
                trainable = options.trainable
            );
        }
        y
    })
}
