//! `with variable_scope(name, key = value) as scope { .. }`, the form of scopes in `model!`.
//!
//! It becomes `variable_scope!(name as scope, key = value, { .. })` on tokens, before anything reads the body as Rust; so do
//! `with device("/gpu:1") { .. }`, `with container("run_1") { .. }` and `with name_scope(name) { .. }`.

use crate::mistake::{Code, mistake};
use crate::spans::regroup;
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::Result;

/// Rewrites every `with` in a body, at any depth.
pub(crate) fn rewrite(body: TokenStream) -> Result<TokenStream> {
    let tokens: Vec<TokenTree> = body.into_iter().collect();
    let mut out = TokenStream::new();
    let mut rest = tokens.as_slice();
    while let Some((token, after)) = rest.split_first() {
        if let Some((with, after)) = With::at(rest) {
            out.extend(with.as_macro()?);
            rest = after;
            continue;
        }
        match token {
            TokenTree::Group(group) if holds_with(group.stream()) => {
                out.extend([TokenTree::Group(regroup(group, rewrite(group.stream())?))])
            }
            other => out.extend([other.clone()]),
        }
        rest = after;
    }
    Ok(out)
}

/// Whether there is a `with` at any depth. Other groups stay as they are: one made anew has no places of its own for its delimiters.
fn holds_with(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => holds_with(group.stream()),
        TokenTree::Ident(word) => word == "with",
        _ => false,
    })
}

struct With<'t> {
    scope: &'t Ident,
    arguments: &'t Group,
    object: Option<&'t TokenTree>,
    body: &'t Group,
}

impl<'t> With<'t> {
    /// The `with` that the tokens begin with, and what follows it.
    fn at(tokens: &'t [TokenTree]) -> Option<(With<'t>, &'t [TokenTree])> {
        let [TokenTree::Ident(with), TokenTree::Ident(scope), TokenTree::Group(arguments), rest @ ..] = tokens else {
            return None;
        };
        if with != "with" || arguments.delimiter() != Delimiter::Parenthesis {
            return None;
        }
        let (object, rest) = match rest {
            [TokenTree::Ident(r#as), object, rest @ ..] if r#as == "as" => (Some(object), rest),
            _ => (None, rest),
        };
        match rest {
            [TokenTree::Group(body), rest @ ..] if body.delimiter() == Delimiter::Brace => {
                Some((With { scope, arguments, object, body }, rest))
            }
            _ => None,
        }
    }

    fn as_macro(&self) -> Result<TokenStream> {
        let With { scope, arguments, object, body } = self;
        // What the other macros take fits the same form, but they have no object to name.
        let nameless = ["device", "name_scope", "container"].iter().any(|other| *scope == other);
        if *scope != "variable_scope" && !(nameless && object.is_none()) {
            return Err(mistake(
                scope,
                Code::ModelGrammar,
                "`with` opens a `variable_scope`",
                format_args!("write `with variable_scope{arguments} {{ .. }}`"),
            ));
        }
        let tokens: Vec<TokenTree> = rewrite(arguments.stream())?.into_iter().collect();
        let comma =
            tokens.iter().position(|t| matches!(t, TokenTree::Punct(p) if p.as_char() == ',')).unwrap_or(tokens.len());
        let name: TokenStream = tokens[..comma].iter().cloned().collect();
        let mut options: TokenStream = tokens[comma..].iter().cloned().collect();
        let trailing = matches!(tokens.last(), Some(TokenTree::Punct(p)) if p.as_char() == ',');
        if !trailing && !tokens.is_empty() {
            options.extend(quote!(,));
        }
        let object = object.map(|object| quote!(as #object));
        let body = regroup(body, rewrite(body.stream())?);
        let mut call = Group::new(Delimiter::Brace, quote!(#name #object #options #body));
        call.set_span(arguments.span());
        Ok(quote!(#scope! #call))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_becomes_the_macro_at_any_depth() {
        let out = rewrite(quote!({ with variable_scope("m", reuse = true) as s { with variable_scope(s) { f(x) } } }))
            .unwrap();
        let expected = quote!({
            variable_scope! { "m" as s, reuse = true, { variable_scope! { s, { f(x) } } } }
        });
        assert_eq!(out.to_string(), expected.to_string());
        let out = rewrite(quote!(with variable_scope("m", reuse = true,) { x })).unwrap();
        assert_eq!(out.to_string(), quote!(variable_scope! { "m", reuse = true, { x } }).to_string());
    }

    #[test]
    fn other_words_stay() {
        let body = quote!({
            let with = variable_scope(3);
            with { x }
        });
        assert_eq!(rewrite(body.clone()).unwrap().to_string(), body.to_string());
    }

    #[test]
    fn devices_and_name_scopes_are_opened_too_but_have_no_object() {
        let out = rewrite(quote!(with device("/gpu:1") { with name_scope("n") { x } })).unwrap();
        assert_eq!(out.to_string(), quote!(device! { "/gpu:1", { name_scope! { "n", { x } } } }).to_string());
        assert!(rewrite(quote!(with device("/gpu:1") as d { x })).is_err());
    }

    #[test]
    fn nothing_but_a_variable_scope_is_opened() {
        let error = rewrite(quote!({ with variable_scop("m") as s { x } })).unwrap_err().to_string();
        assert!(error.contains("write `with variable_scope(\"m\") { .. }`"), "{error}");
    }
}
