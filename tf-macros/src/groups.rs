//! Expressions that a user's own macro hands on: `$width`, given as `2 + 3`.
//!
//! They arrive in invisible groups, which hold `$width * 2` together as `(2 + 3) * 2`. rustc ignores such groups in what a proc macro
//! emits, so `2 + 3 * 2` would be left of it. Parentheses take their place before anything reads the tokens.

use crate::spans::{group, regroup};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::Expr;

/// The same tokens, without invisible groups around anything that would fall apart.
pub(crate) fn visible(tokens: TokenStream) -> TokenStream {
    tokens.into_iter().map(visible_token).collect()
}

fn visible_token(token: TokenTree) -> TokenTree {
    let TokenTree::Group(old) = token else { return token };
    if !holds_invisible(&old) {
        // As it is: a group that is made anew has no places of its own for its two delimiters.
        return TokenTree::Group(old);
    }
    let tokens = visible(old.stream());
    TokenTree::Group(if is_loose(&old) {
        group(Delimiter::Parenthesis, old.span(), tokens)
    } else {
        regroup(&old, tokens)
    })
}

/// Whether a group is invisible, or one inside it.
fn holds_invisible(group: &Group) -> bool {
    group.delimiter() == Delimiter::None
        || group.stream().into_iter().any(|token| matches!(&token, TokenTree::Group(inner) if holds_invisible(inner)))
}

/// Whether an operator beside the group could take a part of it. A pattern or a type of this look may have parentheses, too.
fn is_loose(group: &Group) -> bool {
    group.delimiter() == Delimiter::None
        && matches!(
            syn::parse2(group.stream()),
            Ok(Expr::Binary(_)
                | Expr::Unary(_)
                | Expr::Cast(_)
                | Expr::Range(_)
                | Expr::Closure(_)
                | Expr::Reference(_))
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn invisible(tokens: TokenStream) -> TokenStream {
        TokenTree::Group(Group::new(Delimiter::None, tokens)).into()
    }

    #[test]
    fn what_an_operator_could_tear_apart_gets_parentheses() {
        let width = invisible(quote!(2 + 3));
        assert_eq!(visible(quote!({ f([#width * 2]) })).to_string(), quote!({ f([(2 + 3) * 2]) }).to_string());
        let (name, call) = (invisible(quote!("name")), invisible(quote!(f(x))));
        let outer = invisible(quote!(#name));
        for tokens in [name, call, outer, invisible(quote!(Tensor<f32>)), quote!((a + b))] {
            assert_eq!(visible(tokens.clone()).to_string(), tokens.to_string());
        }
    }
}
