//! Data to learn from: examples that are there at once or made one by one, in batches, shuffled by a seed, from any position on.
//!
//! | file | what it holds |
//! |---|---|
//! | [`dataset`] | what examples can come from |
//! | [`order`] | the order of an epoch, which follows from a seed |
//! | [`batches`] | batches one after the other, made ahead by a thread if asked |

pub mod batches;
pub mod dataset;
pub mod order;

pub use batches::{Batches, Position};
pub use dataset::{Dataset, Examples, Stack};
