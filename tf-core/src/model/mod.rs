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

pub use arrays::{OutputArrays, array, given, owned, value};
pub use declaration::{Declaration, Port, argument, input, output, result};
pub use instance::{Building, Instance};

use crate::value::Value;

/// What `model! {}` makes, for programs that are the same for all models, such as [`Trainer`](crate::train::Trainer).
#[diagnostic::on_unimplemented(message = "`{Self}` is no model", label = "expected what `model!` makes")]
pub trait Model {
    #[doc(hidden)]
    fn built(&self) -> &Instance;
}

/// What a model runs on: an array, or a tuple of arrays if it has several inputs. `model! {}` implements it.
#[diagnostic::on_unimplemented(
    message = "batches of `{Self}` do not fit the inputs of model `{M}`",
    label = "the model is not declared with inputs of these element types and ranks, in this order",
    note = "a model with one input takes batches of one array, one with several a tuple of as many: `Batches::new((images, labels), 32)?`"
)]
pub trait InputsOf<M: Model> {
    #[doc(hidden)]
    fn into_values(self) -> Vec<Value>;
}
