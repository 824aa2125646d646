//! How expansions name the library.

use crate::spans::{first, parentheses};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

/// The path of the facade crate: `::tf`, what `crate = ..` says, or the `$crate` that the facade's macros pass on.
#[derive(Clone)]
pub(crate) struct CratePath(TokenStream);

impl CratePath {
    /// What an attribute assumes: it cannot know the crate that it came from.
    pub(crate) fn assumed() -> Self {
        CratePath(quote!(::tf))
    }

    pub(crate) fn given(path: &syn::Path) -> Self {
        CratePath(path.to_token_stream())
    }

    /// Splits `path; arguments`, which the facade passes to each function-like macro.
    pub(crate) fn split(input: TokenStream) -> (Self, TokenStream) {
        let mut tokens = input.into_iter();
        let path = tokens.by_ref().take_while(|t| !matches!(t, TokenTree::Punct(p) if p.as_char() == ';')).collect();
        (CratePath(path), tokens.collect())
    }

    /// The module of what expansions call.
    pub(crate) fn private(&self) -> TokenStream {
        let path = &self.0;
        quote!(#path::__private)
    }

    /// The same, at a place of the user's.
    pub(crate) fn private_at(&self, span: Span) -> TokenStream {
        located(&self.private(), span)
    }

    /// The same, for a macro of that module: what it expands to is then called at the user's place, also for `Location::caller`.
    pub(crate) fn private_macros(&self, span: Span) -> TokenStream {
        let at = |mut token: TokenTree| {
            if !matches!(&token, TokenTree::Ident(name) if name == "$crate") {
                token.set_span(span);
            }
            token
        };
        self.private().into_iter().map(at).collect()
    }

    /// A place for the last token of a path that begins with [`CratePath::private_at`]: rustc joins the two ends of a path only where their
    /// hygiene is the same.
    pub(crate) fn place(&self, span: Span) -> Span {
        first(&self.0).located_at(span)
    }

    /// Gives [`PRIVATE`] its meaning inside a body.
    pub(crate) fn import(&self) -> TokenStream {
        let private = self.private();
        let name = private_name(Span::call_site());
        quote!(#[allow(unused_imports)] use #private as #name;)
    }
}

impl ToTokens for CratePath {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

/// The library's private module in bodies: one identifier, so that it can stand at a place of the user's whatever the crate's path is.
const PRIVATE: &str = "__tf";

/// The private module, inside a body that begins with [`CratePath::import`].
pub(crate) fn private_name(span: Span) -> Ident {
    Ident::new(PRIVATE, span)
}

/// A path at another place of the user's. Only the place: a `$crate` has to keep its hygiene, which says what crate it means.
pub(crate) fn located(path: &TokenStream, span: Span) -> TokenStream {
    let at = |mut token: TokenTree| {
        token.set_span(token.span().located_at(span));
        token
    };
    path.clone().into_iter().map(at).collect()
}

/// A path into the private module, every token of it at a place of the user's.
pub(crate) fn library(span: Span, path: &[&str]) -> TokenStream {
    let private = private_name(span);
    let names = path.iter().map(|name| Ident::new(name, span));
    quote_spanned!(span=> #private #(::#names)*)
}

/// `path(arguments)` into the private module, from `start` to `end`.
pub(crate) fn library_call(path: &[&str], start: Span, end: Span, arguments: TokenStream) -> TokenStream {
    let path = library(start, path);
    let arguments = parentheses(end, arguments);
    quote!(#path #arguments)
}
