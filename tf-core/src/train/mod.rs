//! Training: optimizers, which change variables against the gradient of a loss, and averages of variables and tensors.
//!
//! | file | what it holds |
//! |---|---|
//! | [`optimizer`] | [`Optimizer`]: from a loss to the operation that takes a step |
//! | [`methods`] | the optimizers: gradient descent, momentum, Adam, … with their arguments |
//! | `numbers` | what rates and other arguments can be |
//! | `clipping` | gradients that are kept small |
//! | [`attached`], `attached_averages` | steps attached to a built model, and averages that they move |
//! | `parts` | variables in parts |
//! | `slots` | the variables that optimizers keep beside a variable |
//! | [`trainer`] | the loop around steps: batches, evaluation, checkpoints, an early end |
//! | [`average`], `averaged` | exponential moving averages of variables and tensors; what they are given |
//!
//! What a step computes is one op for each variable (`ops/applying.rs`), and its formulas are in `tf-kernels/src/optimizers.rs`.

pub mod attached;
pub(crate) mod attached_averages;
pub mod average;
mod averaged;
mod clipping;
pub mod methods;
mod numbers;
pub mod optimizer;
mod parts;
pub(crate) mod slots;
pub mod trainer;

pub use attached::{Objective, Step};
pub use average::ExponentialMovingAverage;
pub use averaged::{Averaged, AveragedAs, AveragedList, Decay};
pub use clipping::{Gradients, clip_gradients_by_global_norm, clip_gradients_by_norm, clip_gradients_by_value};
pub use methods::{Adadelta, Adagrad, Adam, Ftrl, GradientDescent, LearningRate, Momentum, RmsProp};
pub(crate) use optimizer::POWERS;
pub use optimizer::{Optimizer, StepOptions};
pub use trainer::{
    Checkpoints, Curve, EarlyStop, Ended, Evaluation, Every, Heard, Stopper, Taken, Trainer, TrainingReport, Until,
};
