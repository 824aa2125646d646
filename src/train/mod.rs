//! Training: optimizers and averages of variables; learning rates that change; gradients that are kept small; the loop around it all.
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
//! A [`Trainer`] takes the steps: it goes through batches, evaluates by another model on the same variables, saves checkpoints and goes on from them
//! exactly, ends early, and shows how far it is.
//!
//! ```
//! use tf::{data::Batches, prelude::*, train::*};
//! #[variable_scope]
//! fn line(x: Tensor<f32>) -> Tensor<f32> {
//!     tf::matmul(x, get_variable!("slope", [1, 1])) + get_variable!("offset", [1])
//! }
//! model! {
//!     pub Fit(x: f32[n, 1], y: f32[n, 1]) -> f32[] { tf::reduce_mean(tf::square(line(x) - y), tf::ALL) }
//! }
//! model! {
//!     pub Check reuse Fit(x: f32[n, 1], y: f32[n, 1]) -> f32[] { tf::reduce_mean(tf::abs(line(x) - y), tf::ALL) }
//! }
//! let points = |from: f32| {
//!     let x = ndarray::Array2::from_shape_fn((32, 1), |(i, _)| from + i as f32 / 16.0);
//!     (x.clone(), x * 3.0 - 1.0)
//! };
//! let fit = Fit::init(1)?.minimize(Adam::new(0.1))?;
//! let check = Check::sharing(&fit)?;
//! # let folder = std::env::temp_dir().join(format!("tf-scope-doc-trainer-{}", std::process::id()));
//! let report = Trainer::new(&fit, Batches::new(points(-1.0), 8)?.shuffled(7).prefetched(2))
//!     .evaluate(Evaluation::new(&check, Batches::new(points(-2.0), 32)?))
//!     .early_stop(EarlyStop::on("eval/loss").patience(20))
//!     .checkpoints(Checkpoints::within(&folder).every(Every::epochs(10)).resumed())
//!     .progress()
//!     .run(Until::epochs(100))?;
//! assert!(report.metrics["eval/loss"] < 0.1);
//! # std::fs::remove_dir_all(&folder).unwrap();
//! # Ok::<(), tf::Error>(())
//! ```
//!
//! Averages of the variables are often better to evaluate and to keep than what the last step left. [`ExponentialMovingAverage`] keeps them, attached to a
//! model after its optimizer; `averages` is a model of them, and [`Evaluation::of_averages`] evaluates them while training goes on:
//!
//! ```
//! use tf::{prelude::*, train::*};
//! model! {
//!     pub Noisy(x: f32[]) -> f32[] {
//!         let w: Variable<f32> = get_variable!("w", [], initializer = zeros_initializer());
//!         tf::square(w - x)
//!     }
//! }
//! let noisy = Noisy::init(1)?.minimize(GradientDescent::new(0.4))?.averaged(ExponentialMovingAverage::new(0.95).global_step())?;
//! for step in 0..100 {
//!     noisy.step(&ndarray::arr0(if step % 2 == 0 { 0.0 } else { 2.0 }))?;
//! }
//! let smooth = noisy.averages()?;
//! let off = |model: &Noisy| model.get::<f32>("w").map(|w| (w[[]] - 1.0).abs());
//! assert!(off(&noisy)? > 0.5 && off(&smooth)? < 0.1);
//! # Ok::<(), tf::Error>(())
//! ```
//!
//! Schedules and clipping are layers: they can be called in checked layers and models, and while a graph is built. An optimizer of a model takes a
//! schedule as [`LearningRate::scheduled`]:
//!
//! ```
//! use tf::{prelude::*, train::*};
//! model! {
//!     pub Sunk(x: f32[]) -> f32[] { x + get_variable!("w", [], initializer = zeros_initializer()) }
//! }
//! let rate = LearningRate::scheduled(|step| exponential_decay(1.0, step, 1, 0.5, false));
//! let sunk = Sunk::init(1)?.minimize(GradientDescent::new(rate))?;
//! for _ in 0..3 {
//!     sunk.step(&ndarray::arr0(0.0))?;
//! }
//! assert_eq!(sunk.get::<f32>("w")?[[]], -1.75);
//! # Ok::<(), tf::Error>(())
//! ```

mod clipping;
mod schedules;

pub use clipping::*;
pub use schedules::*;
pub use tf_core::train::*;
