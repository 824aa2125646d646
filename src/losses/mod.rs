//! Losses: what training makes small.
//!
//! Each loss is a layer: it can be called in checked layers and models, and while a graph is built. Labels come first, then predictions, as
//! in TensorFlow; both must have one shape ([`E-SHAPED-AS`](crate::errors)), for broadcasting labels against predictions is
//! a mistake that trains. Each has two forms: the mean over all elements, and one `.._with` weights and a [`Reduction`]. Both
//! add their result to the collection `LOSSES`, which [`total_loss`] sums up together with the losses of
//! regularizers.
//!
//! ```
//! use tf::{losses, prelude::*};
//! let graph = tf::Graph::new();
//! let (loss, by_x) = graph.build(|| {
//!     let x = tf::constant([1.0f32, 4.0]);
//!     let loss = losses::mean_squared_error(tf::constant([1.0f32, 2.0]), x);
//!     (loss, tf::gradients(loss, x))
//! })?;
//! let (loss, by_x) = tf::Session::new(&graph)?.run((loss, by_x))?;
//! assert_eq!((loss[[]], by_x.as_slice()), (2.0, Some(&[0.0, 2.0][..])));
//! # Ok::<(), tf::Error>(())
//! ```
//!
//! `distances` has losses of numbers, `classification` those of classes, `reduction` the ways to weigh and sum up; `demands` what they ask of shapes.

mod classification;
mod demands;
mod distances;
mod reduction;

pub use crate::total_loss;
pub use classification::*;
pub use distances::*;
pub use reduction::*;
