//! The native engine: plans which nodes a run needs, and runs them on the CPU of this machine.
//!
//! | file | what it does |
//! |---|---|
//! | [`plan`] | from fetches and feeds to the steps to take, in order |
//! | [`order`] | the order of steps, where initial values depend on variables |
//! | [`demand`] | which steps a run leaves out |
//! | [`execute`] | takes the steps, hands values from one to the next |
//! | [`run`] | what one op sees of its run |
//! | [`cast`] | conversions between element types |

pub mod cast;
pub mod demand;
pub mod execute;
pub mod order;
pub mod plan;
pub mod run;
