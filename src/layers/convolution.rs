//! Convolution of images.

use super::{
    activation::{Activation, activate},
    options::NO_OUTPUTS,
};
use crate::{
    Float, Initializer, Ranks, Regularizer, Shape, Tensor, demand, depth_of, get_variable,
    nn::{self, Padding},
    spec::{Rule, SpecError},
    variable_scope, zeros_initializer,
};

sliding_options! {
    /// The options of [`conv2d`](fn@conv2d).
    pub struct Conv2d(
        /// The number of output channels.
        filters: usize,
        /// Height and width of the filters.
        kernel_size: [usize; 2],
    ) in "conv2d" {
        /// The number of groups that the channels fall into, each convolved by itself; one.
        groups: usize = 1,
    }
    optional {
        /// What the kernel starts from; the scope's initializer, or [`glorot_uniform_initializer`](crate::glorot_uniform_initializer).
        kernel_initializer: Initializer,
        /// The loss for the kernel's size; the scope's, or none.
        kernel_regularizer: Regularizer,
    }
}

static GROUPS: Rule = Rule {
    code: "E-LAYER-GROUPS",
    says: "{x} channels of the input do not fall into {y} groups",
    left: "input",
    right: "",
    help: "write a number of groups that divides the {x} channels, and the filters as well",
};

/// Slides filters over images: `[batch, height, width, channels]` becomes `[batch, height', width', filters]`.
///
/// Variables: `kernel` `[height, width, channels / groups, filters]`, `bias` `[filters]`. TensorFlow: `tf.layers.conv2d`.
///
/// # Errors
/// `E-LAYER-SIZE` for 0 filters, `E-LAYER-GROUPS` and `E-CONV-GROUPS` for groups that do not divide the channels, and those of
/// [`nn::conv2d`](fn@crate::nn::conv2d).
///
/// ```
/// use tf::{layers::{Activation, Conv2d, conv2d}, prelude::*};
/// model! {
///     pub Edges(image: f32[?, 28, 28, 1]) -> f32[?, 14, 14, 32] {
///         let options = Conv2d::new(32, [5, 5]).padding(Padding::Same).activation(Activation::Relu);
///         conv2d(image, options.strides([2, 2]))
///     }
/// }
/// assert_eq!(Edges::PARAMETERS, 5 * 5 * 32 + 32);
/// ```
#[variable_scope]
#[track_caller]
pub fn conv2d<T: Float>(x: Tensor<T>, options: Conv2d) -> Tensor<T> {
    demand(options.filters > 0, SpecError::new("conv2d", &NO_OUTPUTS));
    let channels = depth_of("conv2d", x, Ranks::Exactly(4));
    let grouped = options.groups > 0 && channels.is_multiple_of(options.groups);
    demand(
        grouped,
        SpecError::new("conv2d", &GROUPS)
            .shapes(x.shape(), Shape::UNKNOWN)
            .numbers(channels as i64, options.groups as i64),
    );
    let [height, width] = options.kernel_size;
    let inner = if grouped { channels / options.groups } else { channels };
    variable_scope!(options.scope(), default_name = "conv2d", reuse = options.reuse, {
        let kernel = get_variable!(
            "kernel",
            [height, width, inner, options.filters],
            initializer = options.kernel_initializer,
            regularizer = options.kernel_regularizer,
            trainable = options.trainable
        );
        let y = nn::conv2d_dilated(x, kernel, options.strides, options.padding, options.dilations);
        let bias = Bias {
            initializer: options.bias_initializer,
            regularizer: options.bias_regularizer,
            trainable: options.trainable,
        };
        let y = if options.use_bias { biased(y, options.filters, bias) } else { y };
        activate(y, options.activation)
    })
}

/// What is said of the bias of a convolution.
#[derive(Clone, Copy)]
pub(super) struct Bias {
    pub(super) initializer: Initializer,
    pub(super) regularizer: Option<Regularizer>,
    pub(super) trainable: bool,
}

/// The output of a convolution with its bias.
#[variable_scope]
#[track_caller]
pub(super) fn biased<T: Float>(y: Tensor<T>, channels: usize, said: Bias) -> Tensor<T> {
    let bias = get_variable!(
        "bias",
        [channels],
        initializer = said.initializer,
        regularizer = said.regularizer,
        trainable = said.trainable
    );
    nn::bias_add(y, bias)
}
