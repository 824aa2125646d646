//! `match` on texts, which const evaluation cannot do. It becomes a chain of `if`s that compare byte by byte.

use super::Shadow;
use crate::crate_path::library_call;
use crate::spans::first;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::visit_mut;
use syn::{Arm, ExprLit, ExprMatch, Lit, LitStr, Pat};

impl Shadow {
    pub(super) fn match_(&mut self, e: &mut ExprMatch) -> Option<TokenStream> {
        let on_texts = e.arms.iter().any(|arm| texts(&arm.pat).is_some());
        // A binding under a guard would have to be seen by the guard and by what follows.
        let simple = e.arms.iter().all(|arm| texts(&arm.pat).is_some() || is_rest(&arm.pat));
        visit_mut::visit_expr_match_mut(self, e);
        if !(on_texts && simple) {
            return None;
        }
        let text = self.fresh("text");
        let value = &e.expr;
        let chain = e.arms.iter().rev().fold(quote!(::core::unreachable!()), |rest, arm| if_arm(arm, &text, &rest));
        Some(quote!(match #value { #text => { #chain } }))
    }

    /// The condition that a text is one of those that a pattern lists.
    pub(super) fn is_one_of(&mut self, value: TokenStream, pattern: &Pat) -> Option<TokenStream> {
        let text = self.fresh("text");
        let condition = compared(&text, &texts(pattern)?);
        Some(quote!((match #value { #text => #condition })))
    }
}

fn if_arm(arm: &Arm, text: &Ident, rest: &TokenStream) -> TokenStream {
    let (pattern, body) = (&arm.pat, &arm.body);
    match texts(pattern) {
        Some(texts) => {
            let condition = compared(text, &texts);
            let guard = match pattern {
                Pat::Guard(guarded) => Some(&guarded.guard),
                _ => None,
            };
            let guard = guard.map(|guard| quote!(&& (#guard)));
            quote!(if #condition #guard { #body } else { #rest })
        }
        None => quote!(let #pattern = #text; #body),
    }
}

fn compared(text: &Ident, texts: &[LitStr]) -> TokenStream {
    let compare = |literal: &LitStr| {
        let place = first(literal);
        library_call(&["v", "str_eq"], place, place, quote!(#text, #literal))
    };
    let conditions = texts.iter().map(|literal| compare(literal).into_token_stream());
    quote!((#(#conditions)||*))
}

/// The texts that a pattern lists: `"a"`, `"a" | "b"`, `"a" if on`.
fn texts(pattern: &Pat) -> Option<Vec<LitStr>> {
    match pattern {
        Pat::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(vec![text.clone()]),
        Pat::Or(or) => or.cases.iter().map(texts).collect::<Option<Vec<_>>>().map(|cases| cases.concat()),
        Pat::Paren(inner) => texts(&inner.pat),
        Pat::Guard(guarded) => texts(&guarded.pat),
        _ => None,
    }
}

/// `_` or a name: what takes every text.
fn is_rest(pattern: &Pat) -> bool {
    match pattern {
        Pat::Wild(_) => true,
        Pat::Ident(name) => name.subpat.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::shadow;
    use syn::parse_quote;

    #[test]
    fn a_match_on_texts_is_a_chain() {
        assert_eq!(
            shadow(&parse_quote!({
                match name {
                    "a" | "b" => f(x),
                    "c" if on => y,
                    other => g(other),
                }
            })),
            "{ match name { __text1 => { if (__tf :: v :: str_eq (__text1 , \"a\") || __tf :: v :: str_eq (__text1 , \"b\")) \
             { < f > :: at (__cx) . call (x) } else { if (__tf :: v :: str_eq (__text1 , \"c\")) && (on) { y } else \
             { let other = __text1 ; < g > :: at (__cx) . call (other) } } } } }"
        );
        assert!(shadow(&parse_quote!({ matches!(name, "a" | "b") })).contains("str_eq (__text1 , \"b\")"));
    }

    #[test]
    fn other_matches_stay() {
        assert_eq!(
            shadow(&parse_quote!({
                match n {
                    0 => x,
                    _ => y,
                }
            })),
            "{ match n { 0 => x , _ => y , } }"
        );
    }
}
