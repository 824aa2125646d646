//! Training: optimizers and averages of variables; learning rates that change; gradients that are kept small.
//!
//! Schedules and clipping are layers: they can be called in checked layers and models, and while a graph is built.

mod clipping;
mod schedules;

pub use clipping::*;
pub use schedules::*;
pub use tf_core::train::*;
