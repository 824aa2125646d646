//! What a layer's body becomes in const evaluation: operators, methods and loops as const fns.
//!
//! Traits are not const on stable Rust. An operator `a + b` becomes `binary(Add, a, b, |a, b| a + b, cx)`: rustc types the
//! closure, which is never called, with its own inference and its own errors, and the value is computed by kind.
//!
//! | file | what it holds |
//! |---|---|
//! | [`followed`] | the values that are followed, told apart by kind |
//! | [`operators`] | operators, names with holes, assertions |
//! | [`methods`] | methods of tensors, scopes and numbers |
//! | [`iterate`] | `for` over arrays, slices and ranges held in variables |
//! | [`typed`] | why a mistake of types in a layer is told once |

pub mod followed;
pub mod iterate;
pub mod methods;
pub mod operators;
pub mod typed;

pub use iterate::Iter;
pub(crate) use methods::dim;
pub use methods::{M, METHODS};
