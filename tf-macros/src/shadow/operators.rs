//! Operators.
//!
//! `a + b` cannot be called in const evaluation, where traits have no methods. It becomes a const function that takes the two operands and
//! the closure `|a, b| a + b`, which is never called: rustc types the user's own operator, with its inference and its error, and
//! the library computes the value from what the operands are.

use super::Shadow;
use crate::crate_path::{library, library_call};
use crate::spans::{cx, first, last, local};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{BinOp, Expr, ExprBinary, ExprLit, ExprPath, ExprUnary, Lit, UnOp};

impl Shadow {
    pub(super) fn binary(&mut self, e: &mut ExprBinary) -> Option<TokenStream> {
        if let Some((name, assigns)) = arithmetic(&e.op)
            && !(is_literal(&e.left) && is_literal(&e.right))
        {
            return Some(self.arithmetic(e, name, assigns));
        }
        match e.op {
            BinOp::Eq(_) => self.equal(e),
            BinOp::Ne(_) => self.equal(e).map(|equal| quote!((!#equal))),
            _ => {
                visit_mut::visit_expr_binary_mut(self, e);
                None
            }
        }
    }

    fn arithmetic(&mut self, e: &mut ExprBinary, name: &str, assigns: bool) -> TokenStream {
        let (start, end) = (first(&e.left), last(&e.right));
        let (a, b) = (parameter("__a", &e.left), parameter("__b", &e.right));
        self.visit_expr_mut(&mut e.left);
        self.visit_expr_mut(&mut e.right);
        let (left, right, op, cx) = (&e.left, &e.right, &e.op, cx());
        let variant = library(first(op), &["v", "Arith", name]);
        if assigns {
            // The right side first: `n += n * 2` reads what is about to be borrowed.
            let value = self.fresh("value");
            let arguments = quote!(#variant, &mut #left, #value, |#a, #b| *#a #op #b, #cx);
            let assign = library_call(&["v", "assign"], start, end, arguments);
            quote!(match #right { #value => #assign })
        } else {
            let arguments = quote!(#variant, #left, #right, |#a, #b| #a #op #b, #cx);
            library_call(&["v", "binary"], start, end, arguments)
        }
    }

    /// `==`, where `PartialEq` would be needed: strings are compared byte by byte, enums by a pattern.
    fn equal(&mut self, e: &mut ExprBinary) -> Option<TokenStream> {
        let place = first(&e.op);
        let text = is_string(&e.left) || is_string(&e.right);
        let pattern = match (self.constant(&e.left), self.constant(&e.right)) {
            (_, true) => Some(e.right.to_token_stream()),
            (true, false) => Some(e.left.to_token_stream()),
            (false, false) => None,
        };
        let pattern_is_left = self.constant(&e.left) && !self.constant(&e.right);
        visit_mut::visit_expr_binary_mut(self, e);
        let (left, right) = (&e.left, &e.right);
        if text {
            return Some(library_call(&["v", "str_eq"], place, place, quote!(#left, #right)));
        }
        let pattern = pattern?;
        let value = if pattern_is_left { right } else { left };
        Some(quote_spanned!(place=> (match #value { #pattern => true, _ => false })))
    }

    /// Whether an expression can be a pattern: a path to a variant or an associated constant, or a reference to one. One that depends
    /// on a generic parameter cannot, but is a number then, whose `==` is const.
    fn constant(&self, e: &Expr) -> bool {
        match e {
            Expr::Path(ExprPath { qself: None, path, .. }) => {
                let start = path.segments[0].ident.to_string();
                path.segments.len() >= 2
                    && start != "Self"
                    && !self.generics.contains(&start)
                    && path.segments.iter().all(|s| s.arguments.is_none())
            }
            Expr::Reference(r) => self.constant(&r.expr),
            _ => false,
        }
    }

    pub(super) fn unary(&mut self, e: &mut ExprUnary) -> Option<TokenStream> {
        let name = match e.op {
            UnOp::Neg(_) => "neg",
            UnOp::Not(_) if !is_truth(&e.expr) => "not",
            _ => "",
        };
        if name.is_empty() || is_literal(&e.expr) {
            visit_mut::visit_expr_unary_mut(self, e);
            return None;
        }
        let (start, end) = (first(&e.op), last(&e.expr));
        self.visit_expr_mut(&mut e.expr);
        let (operand, op, cx) = (&e.expr, &e.op, cx());
        let x = local("__x");
        Some(library_call(&["v", name], start, end, quote!(#operand, |#x| #op #x, #cx)))
    }
}

/// A parameter of the closure, at the place of an operand that is one token: what rustc says of the operator is then the same in
/// both worlds, and said once.
fn parameter(name: &str, operand: &Expr) -> Ident {
    let mut tokens = operand.to_token_stream().into_iter();
    match (tokens.next(), tokens.next()) {
        // With the hygiene of the operand, too: nothing but the operator stands in the closure, which a name could be taken from.
        (Some(token), None) => Ident::new(name, token.span()),
        _ => local(name),
    }
}

/// The library's name of an operator, and whether it assigns.
pub(super) fn arithmetic(op: &BinOp) -> Option<(&'static str, bool)> {
    Some(match op {
        BinOp::Add(_) => ("Add", false),
        BinOp::Sub(_) => ("Sub", false),
        BinOp::Mul(_) => ("Mul", false),
        BinOp::Div(_) => ("Div", false),
        BinOp::Rem(_) => ("Rem", false),
        BinOp::BitAnd(_) => ("BitAnd", false),
        BinOp::BitOr(_) => ("BitOr", false),
        BinOp::BitXor(_) => ("BitXor", false),
        BinOp::Shl(_) => ("Shl", false),
        BinOp::Shr(_) => ("Shr", false),
        BinOp::AddAssign(_) => ("Add", true),
        BinOp::SubAssign(_) => ("Sub", true),
        BinOp::MulAssign(_) => ("Mul", true),
        BinOp::DivAssign(_) => ("Div", true),
        BinOp::RemAssign(_) => ("Rem", true),
        BinOp::BitAndAssign(_) => ("BitAnd", true),
        BinOp::BitOrAssign(_) => ("BitOr", true),
        BinOp::BitXorAssign(_) => ("BitXor", true),
        BinOp::ShlAssign(_) => ("Shl", true),
        BinOp::ShrAssign(_) => ("Shr", true),
        _ => return None,
    })
}

pub(super) fn is_literal(e: &Expr) -> bool {
    match e {
        Expr::Lit(_) => true,
        Expr::Paren(e) => is_literal(&e.expr),
        Expr::Group(e) => is_literal(&e.expr),
        Expr::Unary(e) => is_literal(&e.expr),
        _ => false,
    }
}

fn is_string(e: &Expr) -> bool {
    matches!(e, Expr::Lit(ExprLit { lit: Lit::Str(_), .. }))
}

/// Whether an expression is a `bool` by its form, whose `!` is const.
fn is_truth(e: &Expr) -> bool {
    match e {
        Expr::Paren(e) => is_truth(&e.expr),
        Expr::Group(e) => is_truth(&e.expr),
        Expr::Macro(_) => true,
        Expr::Unary(e) => matches!(e.op, UnOp::Not(_)) && is_truth(&e.expr),
        Expr::Binary(e) => matches!(
            e.op,
            BinOp::And(_)
                | BinOp::Or(_)
                | BinOp::Eq(_)
                | BinOp::Ne(_)
                | BinOp::Lt(_)
                | BinOp::Le(_)
                | BinOp::Gt(_)
                | BinOp::Ge(_)
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::shadow;
    use syn::parse_quote;

    #[test]
    fn arithmetic_is_typed_by_a_closure_and_computed_by_kind() {
        assert_eq!(
            shadow(&parse_quote!({ a + b * 2 })),
            "{ __tf :: v :: binary (__tf :: v :: Arith :: Add , a , __tf :: v :: binary (__tf :: v :: Arith :: Mul , b , 2 , \
             | __a , __b | __a * __b , __cx) , | __a , __b | __a + __b , __cx) }"
        );
        assert_eq!(shadow(&parse_quote!({ 2 * -3 })), "{ 2 * - 3 }");
        assert_eq!(shadow(&parse_quote!({ -x })), "{ __tf :: v :: neg (x , | __x | - __x , __cx) }");
        assert!(shadow(&parse_quote!({ a & b })).contains("Arith :: BitAnd , a , b , | __a , __b | __a & __b"));
    }

    #[test]
    fn an_assignment_evaluates_its_right_side_first() {
        let out = shadow(&parse_quote!({
            n += n;
        }));
        assert!(
            out.starts_with(
                "{ match n { __value1 => __tf :: v :: assign (__tf :: v :: Arith :: Add , & mut n , __value1 ,"
            ),
            "{out}"
        );
        assert!(out.contains("* __a += __b"), "{out}");
    }

    #[test]
    fn comparisons_that_are_not_const_are_replaced() {
        assert_eq!(shadow(&parse_quote!({ name == "relu" })), "{ __tf :: v :: str_eq (name , \"relu\") }");
        assert_eq!(
            shadow(&parse_quote!({ act != Act::Relu })),
            "{ (! (match act { Act :: Relu => true , _ => false })) }"
        );
        assert_eq!(shadow(&parse_quote!({ Act::Relu == act })), "{ (match act { Act :: Relu => true , _ => false }) }");
        assert_eq!(shadow(&parse_quote!({ n == T::SIZE && n == C })), "{ n == T :: SIZE && n == C }");
        assert_eq!(shadow(&parse_quote!({ !(a < b) })), "{ ! (a < b) }");
    }
}
