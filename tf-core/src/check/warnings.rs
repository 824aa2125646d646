//! Warnings of rustc about a model: variables that nothing reads, or that its loss does not depend on.

/// Warns of variables that nothing reads: `Unused::<{ TABLE.unused() > 0 }>::warn()`.
pub struct Unused<const ANY: bool>;

impl Unused<true> {
    /// Prints one warning.
    #[deprecated(
        note = "this model creates a variable that nothing reads\nhelp: use it or remove its `get_variable!`; the model's `VARIABLES` lists it with `used: false`\nW-UNUSED-VARIABLE in docs/errors.md"
    )]
    pub const fn warn() {}
}

impl Unused<false> {
    /// Prints nothing.
    pub const fn warn() {}
}

/// Warns of trainable variables that the loss does not depend on: `Unlearned::<{ TABLE.unlearned() > 0 }>::warn()`.
pub struct Unlearned<const ANY: bool>;

impl Unlearned<true> {
    /// Prints one warning.
    #[deprecated(
        note = "this model creates a trainable variable that its loss does not depend on: no step of training changes it\nhelp: compute the loss from it, or create it with `trainable = false`; the model's `VARIABLES` lists it with `in_loss: false`\nW-UNLEARNED-VARIABLE in docs/errors.md"
    )]
    pub const fn warn() {}
}

impl Unlearned<false> {
    /// Prints nothing.
    pub const fn warn() {}
}
