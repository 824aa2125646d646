//! Warnings of rustc about a model: variables that nothing reads, or that its loss does not depend on; and their names, for who asks.
//!
//! The words of a warning stand in the library, since stable Rust has none that const evaluation could compose; so it names neither the variable nor its place.
//! An error can: `const _: () = Model::USES_ALL;`.

use super::table::Table;
use crate::{registry::write_path, text::Text};

/// What rustc warns of: `ThisModel::<{ TABLE.unused() > 0 }>::has_a_variable_that_nothing_reads()`, which is deprecated where that is so.
pub struct ThisModel<const SO: bool>;

impl ThisModel<true> {
    /// Prints one warning.
    #[deprecated(
        note = "a `get_variable!` too many, or a value forgotten\nhelp: use the variable or remove it; `const _: () = Model::USES_ALL;` beside the model names it, and `VARIABLES` has it with `used: false`\nW-UNUSED-VARIABLE in docs/errors.md"
    )]
    pub const fn has_a_variable_that_nothing_reads() {}

    /// Prints one warning.
    #[deprecated(
        note = "no step of training changes it\nhelp: compute the loss from it, or create it with `trainable = false`; `const _: () = Model::LEARNS_ALL;` beside the model names it, and `VARIABLES` has it with `in_loss: false`\nW-UNLEARNED-VARIABLE in docs/errors.md"
    )]
    pub const fn has_a_trainable_variable_that_its_loss_does_not_depend_on() {}
}

impl ThisModel<false> {
    /// Prints nothing.
    pub const fn has_a_variable_that_nothing_reads() {}

    /// Prints nothing.
    pub const fn has_a_trainable_variable_that_its_loss_does_not_depend_on() {}
}

impl<const V: usize, const S: usize, const H: usize, const X: usize> Table<V, S, H, X> {
    /// Ends const evaluation with the variables that this model creates and nothing reads.
    #[track_caller]
    pub const fn demand_all_used(&self) {
        self.demand(
            false,
            "` is read by nothing",
            "\n  help: use it or remove its `get_variable!`\n  W-UNUSED-VARIABLE in docs/errors.md",
        );
    }

    /// Ends const evaluation with the trainable variables that the loss does not depend on.
    #[track_caller]
    pub const fn demand_all_learned(&self) {
        self.demand(
            true,
            "` is trainable, and the loss does not depend on it",
            "\n  help: compute the loss from it, or create it with `trainable = false`\n  W-UNLEARNED-VARIABLE in docs/errors.md",
        );
    }

    #[track_caller]
    const fn demand(&self, learned: bool, says: &str, help: &str) {
        let mut text = Text::new();
        let (mut i, mut found) = (0, 0);
        let (entries, scopes, pool) = self.entries();
        while i < entries.len() {
            let entry = &entries[i];
            let wrong = if learned { self.is_unlearned(i) } else { entry.own && !entry.used };
            if wrong {
                text.str(if found > 0 { "\n  variable `" } else { "variable `" });
                write_path(scopes, pool, entry.scope, entry.name.read(pool), &mut text);
                text.str(says);
                if let Some(at) = entry.created {
                    text.str("\n  created at ").place(at);
                }
                found += 1;
            }
            i += 1;
        }
        if found > 0 && self.failed() == 0 {
            panic!("{}", text.str(help).as_str());
        }
    }
}
