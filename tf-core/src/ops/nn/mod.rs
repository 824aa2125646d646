//! Ops of neural networks: convolutions, pooling, activations, softmax.

mod convolution;
mod window;

pub use convolution::*;
pub use window::Padding;
