//! Ops of neural networks: convolutions, pooling, activations, softmax.

mod activations;
mod bias;
mod convolution;
mod convolution_gradients;
mod cross_entropy;
mod depthwise;
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
pub use mean_and_variance::*;
pub use normalized_exponentials::*;
pub use pooling::*;
pub use pooling_gradients::*;
pub use transposed_convolution::*;
pub use window::Padding;
