//! What training is made of beside optimizers: learning rates that change, and gradients that are kept small.
//!
//! Every function here is a layer: it can be called in checked layers and models, and while a graph is built.

mod clipping;
mod schedules;

pub use clipping::*;
pub use schedules::*;
