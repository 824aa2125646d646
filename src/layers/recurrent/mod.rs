//! Recurrent layers: a cell is called once for each step, and every call after the first shares the variables of the first.
//!
//! The unrolled layers take an array with an input for each step, as [`unstack`](fn@crate::unstack) makes it of
//! `[batch, steps, features]`, and give back an array of outputs, to [`stack`](fn@crate::stack), and the last state.

mod gated;
mod long_short_term;
mod simple;
mod state;

pub use gated::*;
pub use long_short_term::*;
pub use simple::*;
pub use state::*;
