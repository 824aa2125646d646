//! Names of variables and scopes.

use super::Shadow;
use super::hashes::{self, Hash};
use crate::crate_path::{library_call, private_name};
use crate::name::{Name, Piece};
use crate::spans::{first, last};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::LitStr;

impl Shadow {
    /// Statements to stand before the use of a name, and the name.
    pub(super) fn name(&mut self, name: &Name) -> (TokenStream, TokenStream) {
        match name {
            Name::Absent => (quote!(), quote!()),
            Name::Literal(literal) => (quote!(), examined(literal)),
            Name::Formatted(literal, pieces) => {
                let place = literal.span();
                let private = private_name(place);
                let (setup, buffer) = self.composed(place, pieces);
                (setup, quote_spanned!(place=> #private::Name::formatted(&#buffer)))
            }
            Name::Given(e) => {
                let (start, end) = (first(e), last(e));
                let e = self.expression(e);
                (quote!(), library_call(&["Name", "of"], start, end, e))
            }
        }
    }

    /// The same for a name that is passed on as a text.
    pub(super) fn text(&mut self, name: &Name) -> (TokenStream, TokenStream) {
        match name {
            Name::Absent => (quote!(), quote!("")),
            Name::Literal(literal) => (quote!(), literal.to_token_stream()),
            Name::Formatted(literal, pieces) => {
                let (setup, buffer) = self.composed(literal.span(), pieces);
                (setup, quote!(#buffer.as_str()))
            }
            Name::Given(e) => (quote!(), self.expression(e)),
        }
    }

    /// A buffer with the text that variables stand in, composed in const evaluation.
    fn composed(&mut self, place: Span, pieces: &[Piece]) -> (TokenStream, Ident) {
        let private = private_name(place);
        let buffer = self.fresh("name");
        let append = pieces.iter().map(|piece| match piece {
            Piece::Text(text) => quote_spanned!(place=> #buffer.text(#text);),
            Piece::Variable(variable) => quote_spanned!(place=> #private::v::piece(&mut #buffer, #variable);),
        });
        let empty = quote_spanned!(place=> #private::NameBuffer::new());
        (quote!(let mut #buffer = #empty; #(#append)*), buffer)
    }
}

/// A literal, looked at here: const evaluation then has no loop over its bytes, and no body for it. One that may be no name is looked at there,
/// once for each place in the source.
fn examined(literal: &LitStr) -> TokenStream {
    let private = private_name(literal.span());
    let text = literal.value();
    let Some(Hash { exact, folded, power }) = hashes::of(&text) else {
        return quote_spanned!(literal.span()=> const { #private::Name::literal(#literal) });
    };
    let is_path = text.contains('/');
    quote_spanned! {literal.span()=>
        #private::Name {
            text: #literal,
            literal: ::core::option::Option::Some(#literal),
            hash: #private::Hash { exact: #exact, folded: #folded, power: #power },
            fault: ::core::option::Option::None,
            fault_at_root: ::core::option::Option::None,
            is_path: #is_path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::shadow;
    use syn::parse_quote;

    #[test]
    fn a_literal_is_examined_once_and_a_formatted_name_composed() {
        let out = shadow(&parse_quote!({ get_variable!("W", s) }));
        assert!(out.contains("& __tf :: Name { text : \"W\" ,") && out.contains("is_path : false"), "{out}");
        let out = shadow(&parse_quote!({ get_variable!("_w", s) }));
        assert!(out.contains("& const { __tf :: Name :: literal (\"_w\") }"), "{out}");
        let out = shadow(&parse_quote!({ get_variable!("w{i}", s) }));
        assert!(
            out.contains(
                "let mut __name1 = __tf :: NameBuffer :: new () ; __name1 . text (\"w\") ; __tf :: v :: piece (& mut __name1 , i) ;"
            ),
            "{out}"
        );
        assert!(out.contains("__tf :: Name :: formatted (& __name1)"), "{out}");
    }
}
