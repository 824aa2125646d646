//! What `model! {}` expands to stands on.
//!
//! | file | what it holds |
//! |---|---|
//! | `declaration` | what a model declares, held against its body in both worlds |
//! | `instance` | the built model: its making, its values |
//! | `running` | one run: what is fed and what comes out, held against the declaration |
//! | `arrays` | arrays of the user's as values, and back |

mod arrays;
mod declaration;
mod instance;
mod running;

pub use arrays::{array, owned, value, write_into};
pub use declaration::{Declaration, Port, argument, input, output, result};
pub use instance::{Building, Instance};

use crate::value::Value;

/// What `model! {}` makes, for programs that are the same for all models, such as [`Trainer`](crate::train::Trainer).
pub trait Model {
    /// What the model runs on: an array, or a tuple of arrays if it has several inputs.
    type Inputs;

    #[doc(hidden)]
    fn built(&self) -> &Instance;

    #[doc(hidden)]
    fn values(inputs: Self::Inputs) -> Vec<Value>;
}
