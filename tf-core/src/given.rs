//! Arguments that may be handed on without knowing whether they were given.

use crate::{constraint::Constraint, partitioning::Partitioner, regularizer::Regularizer};

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Regularizer {}
    impl Sealed for super::Constraint {}
    impl Sealed for super::Partitioner {}
    impl<A: Sealed> Sealed for Option<A> {}
}

/// A value for an argument of type `A`, or an option of one, of which `None` says nothing: what a layer's own options hold.
///
/// # Safety
/// `IS_OPTION` says whether `Self` is `Option<A>`; otherwise it is `A`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no `{A}`",
    label = "expected a `{A}`, such as `l2_regularizer(1e-4)`, `non_neg_constraint()` or `fixed_size_partitioner(2)` makes, or an option of one"
)]
pub unsafe trait MaybeGiven<A: Copy>: Copy + sealed::Sealed {
    #[doc(hidden)]
    const IS_OPTION: bool;
}
// SAFETY: it is `A`.
#[diagnostic::do_not_recommend]
unsafe impl<A: Copy + sealed::Sealed> MaybeGiven<A> for A {
    const IS_OPTION: bool = false;
}
// SAFETY: it is `Option<A>`.
#[diagnostic::do_not_recommend]
unsafe impl<A: Copy + sealed::Sealed> MaybeGiven<A> for Option<A> {
    const IS_OPTION: bool = true;
}

/// What was given, if anything.
pub(crate) const fn given<A: Copy, G: MaybeGiven<A>>(value: G) -> Option<A> {
    // SAFETY: `IS_OPTION` promises which of both `G` is.
    unsafe {
        if G::IS_OPTION { *(&raw const value as *const Option<A>) } else { Some(*(&raw const value as *const A)) }
    }
}
