//! Ops of neural networks: convolutions, pooling, activations, softmax.

mod activations;
mod bias;
mod convolution;
mod depthwise;
mod normalized_exponentials;
mod pooling;
mod window;

pub use super::mathematics::{sigmoid, softplus, tanh};
pub use activations::*;
pub use bias::*;
pub use convolution::*;
pub use depthwise::*;
pub use normalized_exponentials::*;
pub use pooling::*;
pub use window::Padding;
