//! R8: names of variables and scopes.

use super::Shadow;
use crate::crate_path::{library_call, private_name};
use crate::name::{Name, Piece};
use crate::spans::{first, last};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

impl Shadow {
    /// Statements to stand before the use of a name, and the name.
    pub(super) fn name(&mut self, name: &Name) -> (TokenStream, TokenStream) {
        match name {
            Name::Absent => (quote!(), quote!()),
            Name::Literal(literal) => (quote!(), hashed(&literal.value(), literal.span())),
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
        let empty = quote_spanned!(place=> #private::NameBuffer::new());
        let composed = pieces.iter().fold(empty, |buffer, piece| match piece {
            Piece::Text(text) => quote_spanned!(place=> #private::v::text(#buffer, #text)),
            Piece::Variable(variable) => {
                quote_spanned!(place=> #private::v::piece(#buffer, #variable))
            }
        });
        let buffer = self.fresh("name");
        (quote!(let #buffer = #composed;), buffer)
    }
}

/// A literal with its hashes, so that const evaluation has no loop over its bytes.
fn hashed(text: &str, place: Span) -> TokenStream {
    let private = private_name(place);
    let exact = Polynomial::of(text.bytes(), 0x9E37_79B9_7F4A_7C15);
    let folded = Polynomial::of(text.bytes().map(|b| b.to_ascii_lowercase()), 0xC2B2_AE3D_27D4_EB4F);
    let [exact_hash, folded_hash, exact_power, folded_power] = [exact.hash, folded.hash, exact.power, folded.power];
    quote_spanned!(place=> #private::Name::literal(#text, #exact_hash, #folded_hash, #exact_power, #folded_power))
}

/// A hash whose value for a whole follows from those of its parts: `hash(ab) = hash(a) · power(b) + hash(b)`.
struct Polynomial {
    hash: u64,
    /// The base to the power of the text's length.
    power: u64,
}

impl Polynomial {
    fn of(bytes: impl Iterator<Item = u8>, base: u64) -> Self {
        bytes.fold(Polynomial { hash: 0, power: 1 }, |h, byte| Polynomial {
            hash: h.hash.wrapping_mul(base).wrapping_add(u64::from(byte) + 1),
            power: h.power.wrapping_mul(base),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::shadow;
    use super::*;
    use syn::parse_quote;

    #[test]
    fn the_hash_of_a_whole_follows_from_its_parts() {
        let of = |text: &str| Polynomial::of(text.bytes(), 0x9E37_79B9_7F4A_7C15);
        let (whole, left, right) = (of("conv1/weights"), of("conv1/"), of("weights"));
        assert_eq!(whole.hash, left.hash.wrapping_mul(right.power).wrapping_add(right.hash));
        assert_eq!(whole.power, left.power.wrapping_mul(right.power));
    }

    #[test]
    fn a_literal_is_hashed_and_a_formatted_name_composed() {
        let out = shadow(&parse_quote!({ get_variable!("W", s) }));
        assert!(out.contains("__tf :: Name :: literal (\"W\" , 88u64 , 120u64 ,"), "{out}");
        let out = shadow(&parse_quote!({ get_variable!("w{i}", s) }));
        assert!(
            out.contains(
                "let __name1 = __tf :: v :: piece (__tf :: v :: text (__tf :: NameBuffer :: new () , \"w\") , i) ;"
            ),
            "{out}"
        );
        assert!(out.contains("__tf :: Name :: formatted (& __name1)"), "{out}");
    }
}
