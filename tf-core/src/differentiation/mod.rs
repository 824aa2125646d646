//! Gradients: the way back from what is computed to what it depends on, in ordinary nodes of the graph.
//!
//! | file | what it holds |
//! |---|---|
//! | [`functions`] | `gradients` and its relatives, in both worlds |
//! | [`differentiable`] | what can be differentiated, and differentiated for |
//! | [`variables`] | the gradients of lists of variables, as optimizers ask for them |
//! | `walk` | reverse accumulation over the graph |
//! | `backward` | what an op's gradient sees; the gradients themselves stand with the ops |
//! | `slope`, `term` | contributions and their sums; tensors of any element type |
//! | `mistakes` | why there is no gradient, in words |
//!
//! A gradient is made of nodes like any other, so it has a gradient itself, as far as the ops that compute it have one.

pub(crate) mod backward;
pub mod differentiable;
pub mod functions;
mod mistakes;
pub(crate) mod slope;
pub(crate) mod term;
pub mod variables;
mod walk;
