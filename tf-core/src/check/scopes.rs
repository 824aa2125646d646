//! Scopes as a check meets them: entering and leaving, names of ops, control dependencies, layers that it cannot follow.

use super::Cx;
use crate::{
    graph::scopes::{NamesScope, scope_argument},
    mistake::Mistake,
    names::Name,
    options::{ScopeArgument, ScopeOptions},
    registry::scopes::Entered,
    sharing::Reuse,
    tensor::VariableScope,
    text::Text,
};
use core::panic::Location;

impl Cx<'_> {
    /// What a value names. A method of the context, of which rustc says nothing where the layer's types are wrong.
    pub const fn scope_argument<'n, N: NamesScope + 'n>(self, name: N) -> ScopeArgument<'n> {
        scope_argument(name)
    }
}

/// Opens a scope at build time.
#[track_caller]
pub const fn enter(argument: ScopeArgument<'_>, options: ScopeOptions<'_>, cx: Cx<'_>) -> Entered {
    let mut mistake = None;
    // SAFETY: the reference ends with this statement; `enter` of the register does not come back here.
    let entered = unsafe { cx.check() }.registry.enter(&argument, &options, &mut mistake);
    if let Reuse::Yes = options.reuse {
        // SAFETY: as above.
        unsafe { cx.check() }.registry.reuses_since(entered, Location::caller());
    }
    if let Some(mistake) = &mistake {
        cx.mistake(mistake);
    }
    entered
}

/// Opens a scope by its name: what nearly all scopes are opened by.
#[track_caller]
pub const fn enter_named(name: &Name<'_>, options: &ScopeOptions<'_>, cx: Cx<'_>) -> Entered {
    let mut mistake = None;
    // SAFETY: the reference ends with this statement; `enter_named` of the register does not come back here.
    let entered = unsafe { &mut *cx.check }.registry.enter_named(name, options, &mut mistake);
    if let Reuse::Yes = options.reuse {
        // SAFETY: as above.
        unsafe { cx.check() }.registry.reuses_since(entered, Location::caller());
    }
    if let Some(mistake) = &mistake {
        cx.mistake(mistake);
    }
    entered
}

/// The scope that was just opened, as an object.
pub const fn scope(entered: Entered, _: Cx<'_>) -> VariableScope {
    VariableScope::at_build_time(entered.scope)
}

/// Closes a scope, with all that are open inside it.
pub const fn leave(entered: Entered, cx: Cx<'_>) {
    // SAFETY: the reference ends with this statement, and nothing below comes back here.
    unsafe { &mut *cx.check }.registry.leave(entered);
}

/// A name scope has no effect at build time beyond its name being legal.
#[track_caller]
pub const fn name_scope<N: crate::tensor::NamesOps>(name: N, cx: Cx<'_>) {
    if let Some(text) = crate::tensor::op_scope_text(name)
        && !text.is_empty()
    {
        let (text, _) = crate::tensor::without_last_slash(text);
        if let Err(error) = crate::names::check(text, false) {
            cx.mistake(&Mistake::ScopeName { name: text, error });
        }
    }
}

/// Control dependencies have no effect at build time.
pub const fn control<D: Copy>(_: D, _: Cx<'_>) {}

/// Ends the evaluation of a model that calls a dynamic layer.
#[track_caller]
pub const fn dynamic(name: &str, _: Cx<'_>) -> ! {
    let mut text = Text::new();
    text.str("layer `").str(name).str(
        "` is dynamic: it is checked when the graph is built, so const evaluation cannot follow a model through it",
    );
    text.str(
        "\n  help: write `dynamic` before the model's name, or have the layer checked too: remove `dynamic` from it",
    );
    text.str("\n  E-DYNAMIC in docs/errors.md");
    panic!("{}", text.as_str())
}
