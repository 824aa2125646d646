//! Ops of neural networks: convolutions, pooling, activations, softmax.
//!
//! | family | files |
//! |---|---|
//! | convolution | `convolution`, `depthwise`, `transposed_convolution`, `convolution_gradients`; `fused_convolution`, as plans have most of them |
//! | pooling | `pooling`, `pooling_gradients` |
//! | what both slide over an image | `window`: padding, strides, sizes |
//! | after a convolution or a product | `bias`, `activations` |
//! | probabilities | `normalized_exponentials` (softmax), `cross_entropy` |
//! | normalization | `mean_and_variance`, `lengths`; `fused_moments`, as plans have some of the first |
//!
//! Activations that are functions of numbers anyway, such as [`tanh`], are in `ops/mathematics.rs`.

mod activations;
mod bias;
mod convolution;
mod convolution_gradients;
mod cross_entropy;
mod depthwise;
mod fused_convolution;
mod fused_moments;
mod lengths;
mod mean_and_variance;
mod normalized_exponentials;
mod pooling;
mod pooling_gradients;
mod transposed_convolution;
mod window;

pub use super::mathematics::{sigmoid, softplus, tanh};
pub use activations::*;
pub use bias::*;
pub use convolution::*;
pub use convolution_gradients::*;
pub use cross_entropy::*;
pub use depthwise::*;
pub use fused_convolution::*;
pub use fused_moments::*;
pub use lengths::*;
pub use mean_and_variance::*;
pub use normalized_exponentials::*;
pub use pooling::*;
pub use pooling_gradients::*;
pub use transposed_convolution::*;
pub use window::Padding;
