//! What the outputs of a layer go through.

use crate::{Float, Tensor, nn, variable_scope};

/// A function of each output of a layer.
///
/// A value, since a layer cannot take a function: const evaluation could not call it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Activation {
    /// The output itself.
    Linear,
    /// [`nn::relu`](fn@crate::nn::relu)
    Relu,
    /// [`nn::relu6`](fn@crate::nn::relu6)
    Relu6,
    /// [`nn::leaky_relu`](fn@crate::nn::leaky_relu) with this slope below 0.
    LeakyRelu(f64),
    /// [`nn::elu`](fn@crate::nn::elu)
    Elu,
    /// [`nn::selu`](fn@crate::nn::selu)
    Selu,
    /// [`nn::sigmoid`](fn@crate::nn::sigmoid)
    Sigmoid,
    /// [`nn::tanh`](fn@crate::nn::tanh)
    Tanh,
    /// [`nn::softplus`](fn@crate::nn::softplus)
    Softplus,
    /// [`nn::softsign`](fn@crate::nn::softsign)
    Softsign,
    /// [`nn::softmax`](fn@crate::nn::softmax), over the last axis.
    Softmax,
}

/// The input, gone through an activation.
///
/// ```
/// use tf::{layers::{Activation, activate}, prelude::*};
/// model! {
///     pub Squashed(x: f32[?, 3]) -> f32[?, 3] { activate(x, Activation::Tanh) }
/// }
/// ```
#[variable_scope]
#[track_caller]
pub fn activate<T: Float>(x: Tensor<T>, activation: Activation) -> Tensor<T> {
    match activation {
        Activation::Linear => x,
        Activation::Relu => nn::relu(x),
        Activation::Relu6 => nn::relu6(x),
        Activation::LeakyRelu(slope) => nn::leaky_relu(x, slope),
        Activation::Elu => nn::elu(x),
        Activation::Selu => nn::selu(x),
        Activation::Sigmoid => nn::sigmoid(x),
        Activation::Tanh => nn::tanh(x),
        Activation::Softplus => nn::softplus(x),
        Activation::Softsign => nn::softsign(x),
        Activation::Softmax => nn::softmax(x),
    }
}
