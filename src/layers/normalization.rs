//! Outputs of mean 0 and variance 1: over a batch, and over the features of one example.

use crate::{
    Float, Initializer, Ranks, Tensor, Variable, control_dependencies, depth_of, get_variable, nn, ones_initializer,
    variable_scope, zeros_initializer,
};

options! {
    /// The options of [`batch_normalization`](fn@batch_normalization).
    pub struct BatchNormalization() in "batch_normalization" {
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
/// are the last dimension.
///
/// Variables, all `[channels]`: `gamma` and `beta`, which are trained, `moving_mean` and `moving_variance`, which are not: in training
/// they follow the batches by updates that are in the collection `UPDATE_OPS`. TensorFlow: `tf.layers.batch_normalization`; for
/// images the average of variances is of unbiased ones, as there.
///
/// # Errors
/// `E-RANK-LEAST` and `E-DIM-UNKNOWN` for an input without a known number of channels.
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
    let channels = depth_of("batch_normalization", x, Ranks::AtLeast(2));
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
            let rows = x.reshape([tf::ANY, channels]);
            let (mean, variance) = nn::moments(rows, 0);
            let seen = if x.rank() == 4 { variance * unbiased(rows) } else { variance };
            let step = tf::scalar(1.0 - options.momentum);
            let update_mean = moving_mean.assign_sub((moving_mean - mean) * step);
            let update_variance = moving_variance.assign_sub((moving_variance - seen) * step);
            if options.update_in_place {
                control_dependencies!([update_mean, update_variance], {
                    tf::identity(normalized(x, mean, variance, gain, offset, options.epsilon))
                })
            } else {
                tf::add_to_collection(tf::collection::UPDATE_OPS, update_mean);
                tf::add_to_collection(tf::collection::UPDATE_OPS, update_variance);
                normalized(x, mean, variance, gain, offset, options.epsilon)
            }
        } else {
            normalized(x, moving_mean.value(), moving_variance.value(), gain, offset, options.epsilon)
        }
    })
}

/// `n / (n - 1)` for `n` rows: what makes the variance of a sample that of what it was drawn from.
#[variable_scope]
#[track_caller]
fn unbiased<T: Float>(rows: Tensor<T>) -> Tensor<T> {
    let n = tf::cast::<T, i32>(tf::slice(tf::shape_of(rows), [0], [1]));
    n / tf::maximum(n - tf::scalar(1.0), tf::scalar(1.0))
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
) -> Tensor<T> {
    let mut factor = tf::rsqrt(variance + tf::scalar(epsilon));
    if let Some(gain) = gain {
        factor *= gain;
    }
    let moved = match offset {
        Some(offset) => offset - mean * factor,
        None => -(mean * factor),
    };
    x * factor + moved
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
/// `E-RANK-LEAST` and `E-DIM-UNKNOWN` for an input without a known number of features.
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
