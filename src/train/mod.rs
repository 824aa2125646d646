//! Training: optimizers and averages of variables; learning rates that change; gradients that are kept small.
//!
//! An optimizer is attached to a model, whose first output is the loss, or to a graph by [`Optimizer::minimize`]:
//!
//! ```
//! use tf::{prelude::*, train::Adam};
//! model! {
//!     /// Points on a line.
//!     pub Line(x: f32[n, 1], y: f32[n, 1]) -> f32[] {
//!         let found = tf::matmul(x, get_variable!("slope", [1, 1])) + get_variable!("offset", [1]);
//!         tf::reduce_mean(tf::square(found - y), tf::ALL)
//!     }
//! }
//! let line = Line::init(1)?.minimize(Adam::new(0.1))?;
//! let x = ndarray::arr2(&[[-1.0], [0.0], [1.0]]);
//! let y = &x * 3.0 - 1.0;
//! for _ in 0..200 {
//!     line.step(&x, &y)?; // yields the loss from before the step
//! }
//! assert!(line.run(&x, &y)?[[]] < 1e-3);
//! # Ok::<(), tf::Error>(())
//! ```
//!
//! A model has `minimize` and `step`, and for several optimizers `attach` (with an [`Objective`]) and `take`.
//!
//! Schedules and clipping are layers: they can be called in checked layers and models, and while a graph is built.

mod clipping;
mod schedules;

pub use clipping::*;
pub use schedules::*;
pub use tf_core::train::*;
