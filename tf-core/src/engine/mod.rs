//! The native engine: plans which nodes a run needs, and runs them on the CPU of this machine.
//!
//! | file | what it does |
//! |---|---|
//! | [`plan`] | from fetches and feeds to the steps to take, in order |
//! | [`order`] | the order of steps, where initial values depend on variables |
//! | [`demand`] | which steps a run leaves out |
//! | [`placer`] | from the devices that nodes are wanted on to those there are ([`devices`]) |
//! | [`crossing`] | transfers between devices |
//! | `passes` | steps made fewer and cheaper: folding, sharing, fusion; dumps of plans |
//! | `chain` | element-wise steps, and reductions of rows among them, as one |
//! | `conv_distance` | a convolution and how far its results are from a target |
//! | `product_sum`, `product_descent`, `product_chain` | a sum of products of matrices, a step along one, chains that read one |
//! | `branches` | which steps threads take beside each other |
//! | `lifetimes` | which values of a run share memory |
//! | `buffers` | that memory, used again by steps and runs |
//! | `workspace` | what a run works in, and what it yields |
//! | `feeding` | what a run is given |
//! | [`execute`] | takes the steps, hands values from one to the next |
//! | [`run`] | what one op sees of its run |
//! | [`trace`] | what a run did |
//! | [`cast`] | conversions between element types |

mod branches;
pub(crate) mod buffers;
pub mod cast;
pub mod chain;
pub mod conv_distance;
pub mod crossing;
pub mod demand;
pub mod devices;
pub mod execute;
pub(crate) mod feeding;
mod lifetimes;
pub mod order;
mod passes;
pub mod placer;
pub mod plan;
pub mod product_chain;
pub mod product_descent;
pub mod product_sum;
pub mod run;
pub mod trace;
pub(crate) mod workspace;
