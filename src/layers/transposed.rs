//! Transposed convolution: larger images from smaller ones.

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

options! {
    /// The options of [`conv2d_transpose`](fn@conv2d_transpose).
    pub struct Conv2dTranspose(
        /// The number of output channels.
        filters: usize,
        /// Height and width of the filters.
        kernel_size: [usize; 2],
    ) in "conv2d_transpose" {
        /// How far apart the windows of neighbouring cells lie; by one cell.
        strides: [usize; 2] = [1, 1],
        /// What is cut off around the images; nothing.
        padding: Padding = Padding::Valid,
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

/// A convolution turned around: `[batch, height, width, channels]` becomes `[batch, height · stride, width · stride, filters]` with
/// `Padding::Same`, and a window's rest more with `Padding::Valid`.
///
/// Variables: `kernel` `[height, width, filters, channels]`, `bias` `[filters]`. TensorFlow: `tf.layers.conv2d_transpose`.
///
/// # Errors
/// `E-LAYER-SIZE` for 0 filters, and those of [`nn::conv2d_transpose`](fn@crate::nn::conv2d_transpose).
///
/// ```
/// use tf::{layers::{Conv2dTranspose, conv2d_transpose}, prelude::*};
/// model! {
///     pub Enlarged(image: f32[?, 14, 14, 32]) -> f32[?, 28, 28, 1] {
///         conv2d_transpose(image, Conv2dTranspose::new(1, [5, 5]).strides([2, 2]).padding(Padding::Same))
///     }
/// }
/// assert_eq!(Enlarged::VARIABLES[0].spec.to_string(), "f32[5, 5, 1, 32]");
/// ```
#[variable_scope]
#[track_caller]
pub fn conv2d_transpose<T: Float>(x: Tensor<T>, options: Conv2dTranspose) -> Tensor<T> {
    demand(options.filters > 0, SpecError::new("conv2d_transpose", &NO_OUTPUTS));
    let channels = depth_of("conv2d_transpose", x, Ranks::Exactly(4));
    let [height, width] = options.kernel_size;
    variable_scope!(options.scope(), default_name = "conv2d_transpose", reuse = options.reuse, {
        let kernel = get_variable!(
            "kernel",
            [height, width, options.filters, channels],
            initializer = options.kernel_initializer,
            regularizer = options.kernel_regularizer,
            trainable = options.trainable
        );
        let y = nn::conv2d_transpose(x, kernel, options.strides, options.padding);
        let bias = Bias {
            initializer: options.bias_initializer,
            regularizer: options.bias_regularizer,
            trainable: options.trainable,
        };
        let y = if options.use_bias { biased(y, options.filters, bias) } else { y };
        activate(y, options.activation)
    })
}
