//! The training loop: what it does with each step, that a resumed run is the run it would have been, and its mistakes in words.
//!
//! | file | what it is about |
//! |---|---|
//! | `network` | the model that the others train |
//! | `steps` | what a run does and tells |
//! | `resumed`, `killed`, `ctrl_c` | runs that go on: after a stop, after being killed, after Ctrl-C |
//! | `averages` | averages of the variables, evaluated in their place |
//! | `terminal` | the bar in a terminal |
//! | `refused` | what cannot be done |

mod averages;
#[cfg(all(unix, feature = "terminal"))]
mod ctrl_c;
mod killed;
mod network;
mod refused;
mod resumed;
mod steps;
#[cfg(all(target_os = "linux", feature = "terminal"))]
mod terminal;
