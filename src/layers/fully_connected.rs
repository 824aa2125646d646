//! A layer in which every output depends on every input.

use super::{
    activation::{Activation, activate},
    options::NO_OUTPUTS,
};
use crate::{
    Float, Initializer, Ranks, Regularizer, Tensor, demand, depth_of, get_variable, nn, spec::SpecError,
    variable_scope, zeros_initializer,
};

options! {
    /// The options of [`dense`](fn@dense).
    pub struct Dense(
        /// The number of outputs.
        units: usize,
    ) in "dense" {
        /// What the outputs go through; nothing.
        activation: Activation = Activation::Linear,
        /// Whether a bias is added; true.
        use_bias: bool = true,
        /// What the bias starts from; zeros, whatever the scope's initializer.
        bias_initializer: Initializer = zeros_initializer(),
    }
    optional {
        /// What the kernel starts from; the scope's initializer, or [`glorot_uniform_initializer`](crate::glorot_uniform_initializer).
        kernel_initializer: Initializer,
        /// The loss for the kernel's size; the scope's, or none.
        kernel_regularizer: Regularizer,
        /// The loss for the bias's size; the scope's, or none.
        bias_regularizer: Regularizer,
    }
}

/// `x · kernel + bias` over the last dimension of `x`, which has two or more: `[.., features]` becomes `[.., units]`.
///
/// Variables: `kernel` `[features, units]`, `bias` `[units]`. TensorFlow: `tf.layers.dense`.
///
/// # Errors
/// `E-LAYER-SIZE` for 0 units, `E-RANK-LEAST` and `E-DIM-UNKNOWN` for an input without a known number of features.
///
/// ```
/// use tf::{layers::{Activation, Dense, dense}, prelude::*};
/// model! {
///     pub Classifier(image: f32[?, 784]) -> f32[?, 10] {
///         let hidden = dense(image, Dense::new(128).activation(Activation::Relu));
///         dense(hidden, Dense::new(10).name("logits"))
///     }
/// }
/// let names: Vec<String> = Classifier::VARIABLES.iter().map(|v| v.name.to_string()).collect();
/// assert_eq!(names, ["dense/kernel", "dense/bias", "logits/kernel", "logits/bias"]);
/// ```
#[variable_scope]
#[track_caller]
pub fn dense<T: Float>(x: Tensor<T>, options: Dense) -> Tensor<T> {
    demand(options.units > 0, SpecError::new("dense", &NO_OUTPUTS));
    let features = depth_of("dense", x, Ranks::AtLeast(2));
    variable_scope!(options.scope(), default_name = "dense", reuse = options.reuse, {
        let kernel = get_variable!(
            "kernel",
            [features, options.units],
            initializer = options.kernel_initializer,
            regularizer = options.kernel_regularizer,
            trainable = options.trainable
        );
        let mut y = tf::matmul(x, kernel);
        if options.use_bias {
            let bias = get_variable!(
                "bias",
                [options.units],
                initializer = options.bias_initializer,
                regularizer = options.bias_regularizer,
                trainable = options.trainable
            );
            y = nn::bias_add(y, bias);
        }
        activate(y, options.activation)
    })
}
