//! The native engine: plans which nodes a run needs, and runs them on the CPU of this machine.
//!
//! | file | what it does |
//! |---|---|
//! | [`plan`] | from fetches and feeds to the steps to take, in order |
//! | [`execute`] | takes the steps, hands values from one to the next |
//! | [`run`] | what one op sees of its run |
//! | [`cast`] | conversions between element types |

pub mod cast;
pub mod execute;
pub mod plan;
pub mod run;
