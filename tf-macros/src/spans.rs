//! Where emitted tokens point to.
//!
//! rustc composes the place of an expression from its first and its last token. So both are given places of the user's own
//! tokens, and the caret of a mistake found in const evaluation falls on what the user wrote; one token of ours at an end would make it fall on the attribute.
//! Names that the expansion binds have the hygiene of the macro: a body, or a user's own macro around it, cannot see them.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// The place of the first token.
pub(crate) fn first(tokens: &impl ToTokens) -> Span {
    match tokens.to_token_stream().into_iter().next() {
        Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::None => first(&g.stream()),
        Some(TokenTree::Group(g)) => g.span_open(),
        Some(token) => token.span(),
        None => Span::call_site(),
    }
}

/// The place of the last token.
pub(crate) fn last(tokens: &impl ToTokens) -> Span {
    match tokens.to_token_stream().into_iter().last() {
        Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::None => last(&g.stream()),
        Some(TokenTree::Group(g)) => g.span_close(),
        Some(token) => token.span(),
        None => Span::call_site(),
    }
}

/// A local variable of the expansion.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// A type of the same tokens at the same places, made by the macro that is expanded: it is then named with what rustc says of them. (In parentheses rustc
/// takes a path for nothing but a type, also as an argument of another.)
pub(crate) fn made_here(tokens: TokenStream) -> TokenStream {
    let made = |token: TokenTree| match token {
        TokenTree::Ident(mut name) => {
            name.set_span(Span::mixed_site().located_at(name.span()));
            TokenTree::Ident(name)
        }
        other => other,
    };
    let place = first(&tokens);
    parentheses(place, tokens.into_iter().map(made).collect()).into_token_stream()
}

/// The context of the check, in every shadow.
pub(crate) fn cx() -> Ident {
    local("__cx")
}

/// `(tokens)` at `span`.
pub(crate) fn parentheses(span: Span, tokens: TokenStream) -> Group {
    group(Delimiter::Parenthesis, span, tokens)
}

/// Tokens between delimiters at `span`.
pub(crate) fn group(delimiter: Delimiter, span: Span, tokens: TokenStream) -> Group {
    let mut group = Group::new(delimiter, tokens);
    group.set_span(span);
    group
}

/// The same group with other tokens in it.
pub(crate) fn regroup(old: &Group, tokens: TokenStream) -> Group {
    group(old.delimiter(), old.span(), tokens)
}
