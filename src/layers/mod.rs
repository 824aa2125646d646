//! Layers: what models are usually made of, each a `#[variable_scope]` function to call, or to read as an example and write anew.
//!
//! A layer takes its input and a struct with what else it wants: `dense(x, Dense::new(10).activation(Activation::Relu))`. Its variables
//! lie in a scope of its own, named as TensorFlow names them: `dense/kernel`, `dense/bias`, then `dense_1/kernel`, …; or as
//! [`name`](Dense::name) says. Two calls share when they are asked to: by the scope around them, or by their own `name` and
//! [`reuse`](Dense::reuse). In models a call that shares wrongly, or asks for what cannot be, does not compile.
//!
//! | layer | its options | its variables |
//! |---|---|---|
//! | [`dense`](fn@dense) | [`Dense`] | `kernel`, `bias` |
//! | [`conv2d`](fn@conv2d) | [`Conv2d`] | `kernel`, `bias` |
//! | [`depthwise_conv2d`](fn@depthwise_conv2d) | [`DepthwiseConv2d`] | `depthwise_kernel`, `bias` |
//! | [`separable_conv2d`](fn@separable_conv2d) | [`SeparableConv2d`] | `depthwise_kernel`, `pointwise_kernel`, `bias` |
//! | [`conv2d_transpose`](fn@conv2d_transpose) | [`Conv2dTranspose`] | `kernel`, `bias` |
//! | [`batch_normalization`](fn@batch_normalization) | [`BatchNormalization`] | `gamma`, `beta`, `moving_mean`, `moving_variance` |
//! | [`layer_normalization`](fn@layer_normalization) | [`LayerNormalization`] | `gamma`, `beta` |
//! | [`dropout`](fn@dropout) | [`Dropout`] | none |
//! | [`embedding`](fn@embedding), [`embedding_projection`](fn@embedding_projection) | [`Embedding`] | `embeddings` |
//! | [`rnn`](fn@rnn), [`basic_rnn_cell`](fn@basic_rnn_cell) | [`BasicRnnCell`] | `kernel`, `bias` |
//! | [`gru`](fn@gru), [`gru_cell`](fn@gru_cell) | [`GruCell`] | `gates/kernel`, `gates/bias`, `candidate/kernel`, `candidate/bias` |
//! | [`lstm`](fn@lstm), [`basic_lstm_cell`](fn@basic_lstm_cell) | [`BasicLstmCell`] | `kernel`, `bias` |
//!
//! Each is in a file by its kind: `fully_connected` (dense), `convolution`, `depthwise` (also separable), `transposed`, `normalization`, `masking` (dropout),
//! `lookup` (embedding), `recurrent/`; `activation` has what follows a product, `options` what all take.
//!
//! Images are `[batch, height, width, channels]`. Every layer is generic over the floating point type of its input.

#[macro_use]
mod options;

mod activation;
mod convolution;
mod depthwise;
mod fully_connected;
mod lookup;
mod masking;
mod normalization;
mod recurrent;
mod transposed;

pub(crate) use options::scope_name;

pub use activation::*;
pub use convolution::*;
pub use depthwise::*;
pub use fully_connected::*;
pub use lookup::*;
pub use masking::*;
pub use normalization::*;
pub use recurrent::*;
pub use transposed::*;
