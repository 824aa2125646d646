//! Convolution of each channel by itself, alone and followed by a mixture of the channels.

use super::{
    activation::{Activation, activate},
    convolution::{Bias, biased},
    options::NO_OUTPUTS,
};
use crate::{
    Float, Initializer, Ranks, Regularizer, Tensor, demand, depth_of, get_variable,
    nn::{self, Padding},
    spec::SpecError,
    variable_scope, zeros_initializer,
};

sliding_options! {
    /// The options of [`depthwise_conv2d`](fn@depthwise_conv2d).
    pub struct DepthwiseConv2d(
        /// Height and width of the filters.
        kernel_size: [usize; 2],
    ) in "depthwise_conv2d" {
        /// How many outputs each channel has; one.
        multiplier: usize = 1,
    }
    optional {
        /// What the kernel starts from; the scope's initializer, or [`glorot_uniform_initializer`](crate::glorot_uniform_initializer).
        depthwise_initializer: Initializer,
        /// The loss for the kernel's size; the scope's, or none.
        depthwise_regularizer: Regularizer,
    }
}

/// Slides filters over each channel by itself: `[batch, height, width, channels]` becomes
/// `[batch, height', width', channels · multiplier]`.
///
/// Variables: `depthwise_kernel` `[height, width, channels, multiplier]`, `bias`. TensorFlow: `tf.keras.layers.DepthwiseConv2D`.
///
/// # Errors
/// `E-LAYER-SIZE` for a multiplier of 0, and those of [`nn::depthwise_conv2d`](fn@crate::nn::depthwise_conv2d).
///
/// ```
/// use tf::{layers::{DepthwiseConv2d, depthwise_conv2d}, prelude::*};
/// model! {
///     pub Blurred(image: f32[?, 28, 28, 3]) -> f32[?, 26, 26, 6] {
///         depthwise_conv2d(image, DepthwiseConv2d::new([3, 3]).multiplier(2))
///     }
/// }
/// assert_eq!(Blurred::VARIABLES[0].spec.to_string(), "f32[3, 3, 3, 2]");
/// ```
#[variable_scope]
#[track_caller]
pub fn depthwise_conv2d<T: Float>(x: Tensor<T>, options: DepthwiseConv2d) -> Tensor<T> {
    demand(options.multiplier > 0, SpecError::new("depthwise_conv2d", &NO_OUTPUTS));
    let channels = depth_of("depthwise_conv2d", x, Ranks::Exactly(4));
    let [height, width] = options.kernel_size;
    variable_scope!(options.scope(), default_name = "depthwise_conv2d", reuse = options.reuse, {
        let kernel = get_variable!(
            "depthwise_kernel",
            [height, width, channels, options.multiplier],
            initializer = options.depthwise_initializer,
            regularizer = options.depthwise_regularizer,
            trainable = options.trainable
        );
        let y = nn::depthwise_conv2d_dilated(x, kernel, options.strides, options.padding, options.dilations);
        let made = channels.saturating_mul(options.multiplier);
        let bias = Bias {
            initializer: options.bias_initializer,
            regularizer: options.bias_regularizer,
            trainable: options.trainable,
        };
        let y = if options.use_bias { biased(y, made, bias) } else { y };
        activate(y, options.activation)
    })
}

sliding_options! {
    /// The options of [`separable_conv2d`](fn@separable_conv2d).
    pub struct SeparableConv2d(
        /// The number of output channels.
        filters: usize,
        /// Height and width of the filters.
        kernel_size: [usize; 2],
    ) in "separable_conv2d" {
        /// How many channels are made of each one before they are mixed; one.
        multiplier: usize = 1,
    }
    optional {
        /// What the kernel of each channel starts from; the scope's initializer, or
        /// [`glorot_uniform_initializer`](crate::glorot_uniform_initializer).
        depthwise_initializer: Initializer,
        /// What the kernel that mixes channels starts from; the scope's initializer, or
        /// [`glorot_uniform_initializer`](crate::glorot_uniform_initializer).
        pointwise_initializer: Initializer,
        /// The loss for the size of each channel's kernel; the scope's, or none.
        depthwise_regularizer: Regularizer,
        /// The loss for the size of the kernel that mixes channels; the scope's, or none.
        pointwise_regularizer: Regularizer,
    }
}

/// [`depthwise_conv2d`](fn@depthwise_conv2d), then a mixture of the channels at each place (Chollet 2016).
///
/// Variables: `depthwise_kernel` `[height, width, channels, multiplier]`, `pointwise_kernel` `[1, 1, channels · multiplier, filters]`,
/// `bias` `[filters]`. TensorFlow: `tf.layers.separable_conv2d`.
///
/// # Errors
/// `E-LAYER-SIZE` for 0 filters or a multiplier of 0, and those of [`nn::depthwise_conv2d`](fn@crate::nn::depthwise_conv2d).
///
/// ```
/// use tf::{layers::{SeparableConv2d, separable_conv2d}, prelude::*};
/// model! {
///     pub Light(image: f32[?, 28, 28, 16]) -> f32[?, 28, 28, 32] {
///         separable_conv2d(image, SeparableConv2d::new(32, [3, 3]).padding(Padding::Same))
///     }
/// }
/// assert_eq!(Light::PARAMETERS, 3 * 3 * 16 + 16 * 32 + 32); // a convolution of full depth has 4640
/// ```
#[variable_scope]
#[track_caller]
pub fn separable_conv2d<T: Float>(x: Tensor<T>, options: SeparableConv2d) -> Tensor<T> {
    demand(options.filters > 0 && options.multiplier > 0, SpecError::new("separable_conv2d", &NO_OUTPUTS));
    let channels = depth_of("separable_conv2d", x, Ranks::Exactly(4));
    let [height, width] = options.kernel_size;
    variable_scope!(options.scope(), default_name = "separable_conv2d", reuse = options.reuse, {
        let depthwise = get_variable!(
            "depthwise_kernel",
            [height, width, channels, options.multiplier],
            initializer = options.depthwise_initializer,
            regularizer = options.depthwise_regularizer,
            trainable = options.trainable
        );
        let pointwise = get_variable!(
            "pointwise_kernel",
            [1, 1, channels.saturating_mul(options.multiplier), options.filters],
            initializer = options.pointwise_initializer,
            regularizer = options.pointwise_regularizer,
            trainable = options.trainable
        );
        let y = nn::depthwise_conv2d_dilated(x, depthwise, options.strides, options.padding, options.dilations);
        let y = nn::conv2d(y, pointwise, [1, 1], Padding::Valid);
        let bias = Bias {
            initializer: options.bias_initializer,
            regularizer: options.bias_regularizer,
            trainable: options.trainable,
        };
        let y = if options.use_bias { biased(y, options.filters, bias) } else { y };
        activate(y, options.activation)
    })
}
