//! R9: macros in a body.

use super::Shadow;
use super::forbidden::allocating_macro;
use crate::arguments::nameless;
use crate::crate_path::library_call;
use crate::spans::{cx, first, parentheses};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, LitStr, Macro, Pat, Token, parse_quote};

impl Shadow {
    /// What stands in the place of a macro call; `None` where it stays.
    pub(super) fn macro_call(&mut self, call: &Macro) -> Option<TokenStream> {
        let name = call.path.segments.last()?.ident.to_string();
        match name.as_str() {
            "get_variable" | "variable_scope" if call.tokens.is_empty() => {
                let error = nameless(&call.path).to_compile_error();
                Some(quote!({ #error }))
            }
            "get_variable" => Some(self.variable(call)),
            "variable_scope" => Some(self.scope_call(call)),
            "name_scope" => Some(self.name_scope(call)),
            "control_dependencies" => Some(self.control_dependencies(call)),
            "assert" | "debug_assert" => self.assert(call),
            "assert_eq" | "debug_assert_eq" => self.assert_compared(call, &parse_quote!(==)),
            "assert_ne" | "debug_assert_ne" => self.assert_compared(call, &parse_quote!(!=)),
            "println" | "eprintln" | "print" | "eprint" | "trace" | "debug" | "info" | "warn" | "error" => {
                Some(quote!({}))
            }
            "dbg" => self.dbg(call),
            "matches" => self.matches(call),
            "panic" | "unreachable" | "todo" | "unimplemented" => panic_with_text(call),
            "vec" | "format" => {
                self.mistakes.push(allocating_macro(&call.path, &name));
                None
            }
            _ => None,
        }
    }

    fn assert(&mut self, call: &Macro) -> Option<TokenStream> {
        let arguments = arguments(call)?;
        let (condition, message) = arguments.split_first()?;
        let text = text(message).unwrap_or_else(|| format!("assertion failed: {}", condition.to_token_stream()));
        Some(self.assertion(call, condition, &text))
    }

    fn assert_compared(&mut self, call: &Macro, op: &syn::BinOp) -> Option<TokenStream> {
        let arguments = arguments(call)?;
        let [left, right, message @ ..] = arguments.as_slice() else {
            return None;
        };
        let condition: Expr = parse_quote!((#left) #op (#right));
        let text = text(message).unwrap_or_else(|| {
            format!("assertion failed: {} {} {}", left.to_token_stream(), op.to_token_stream(), right.to_token_stream())
        });
        Some(self.assertion(call, &condition, &text))
    }

    /// A failed assertion is one of the model's mistakes, not the end of its evaluation.
    fn assertion(&mut self, call: &Macro, condition: &Expr, text: &str) -> TokenStream {
        let (condition, cx) = (self.expression(condition), cx());
        let end = call.delimiter.span().join();
        library_call(&["v", "assert"], first(&call.path), end, quote!(#condition, #text, #cx))
    }

    fn dbg(&mut self, call: &Macro) -> Option<TokenStream> {
        let value: Expr = call.parse_body().ok()?;
        let value = self.expression(&value);
        Some(quote!((#value)))
    }

    fn matches(&mut self, call: &Macro) -> Option<TokenStream> {
        let split = |input: ParseStream| {
            let value: Expr = input.parse()?;
            input.parse::<Token![,]>()?;
            Ok((value, input.parse::<TokenStream>()?))
        };
        let (value, pattern) = split.parse2(call.tokens.clone()).ok()?;
        let value = self.expression(&value);
        if let Ok(texts) = Pat::parse_multi.parse2(pattern.clone())
            && let Some(condition) = self.is_one_of(value.clone(), &texts)
        {
            return Some(condition);
        }
        Some(quote_spanned!(first(&call.path)=> ::core::matches!(#value, #pattern)))
    }
}

fn arguments(call: &Macro) -> Option<Vec<Expr>> {
    let parse = Punctuated::<Expr, Token![,]>::parse_terminated;
    Some(call.parse_body_with(parse).ok()?.into_iter().collect())
}

/// A message, with the source of the arguments in its empty holes: values cannot be formatted in const evaluation.
fn text(message: &[Expr]) -> Option<String> {
    let [Expr::Lit(ExprLit { lit: Lit::Str(text), .. }), arguments @ ..] = message else { return None };
    let show = |text: String, argument: &Expr| text.replacen("{}", &format!("{{{}}}", argument.to_token_stream()), 1);
    Some(arguments.iter().fold(text.value(), show))
}

/// A message with holes cannot be formatted in const evaluation; nor can any but that of `panic!`.
fn panic_with_text(call: &Macro) -> Option<TokenStream> {
    let arguments = arguments(call)?;
    let text = text(&arguments)?;
    if call.path.is_ident("panic") && arguments.len() == 1 && !text.contains(['{', '}']) {
        return None;
    }
    let place = first(&call.path);
    let text = LitStr::new(&text, place);
    let arguments = parentheses(call.delimiter.span().join(), quote!("{}", #text));
    Some(quote_spanned!(place=> ::core::panic! #arguments))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{mistakes, shadow};
    use syn::parse_quote;

    #[test]
    fn assertions_are_mistakes_of_the_model() {
        assert_eq!(
            shadow(&parse_quote!({
                assert!(x.dim(3) == 3, "got {} channels", n);
            })),
            "{ __tf :: v :: assert (__tf :: M (x) . dim (3 , __cx) == 3 , \"got {n} channels\" , __cx) ; }"
        );
        assert_eq!(
            shadow(&parse_quote!({
                assert_eq!(third(9), 3);
            })),
            "{ __tf :: v :: assert ((< third > :: at (__cx) . call (9)) == (3) , \"assertion failed: third (9) == 3\" , __cx) ; }"
        );
    }

    #[test]
    fn printing_is_dropped_and_values_stay() {
        assert_eq!(
            shadow(&parse_quote!({
                println!("{}", x);
                let y = dbg!(f(x));
            })),
            "{ { } ; let y = ((< f > :: at (__cx) . call (x))) ; }"
        );
        assert_eq!(
            shadow(&parse_quote!({ matches!(f(x), A::B | A::C if n > 3) })),
            "{ :: core :: matches ! (< f > :: at (__cx) . call (x) , A :: B | A :: C if n > 3) }"
        );
    }

    #[test]
    fn panics_keep_their_text() {
        assert_eq!(shadow(&parse_quote!({ panic!("no") })), "{ panic ! (\"no\") }");
        assert_eq!(shadow(&parse_quote!({ todo!() })), "{ todo ! () }");
        assert_eq!(shadow(&parse_quote!({ panic!("no {x}") })), "{ :: core :: panic ! (\"{}\" , \"no {x}\") }");
    }

    #[test]
    fn unknown_macros_stay() {
        assert_eq!(shadow(&parse_quote!({ act!(x + 1) })), "{ act ! (x + 1) }");
    }

    #[test]
    fn macros_that_allocate_are_refused() {
        let found = mistakes(&parse_quote!({
            let a = vec![1];
            format!("{a:?}");
        }));
        assert!(found.len() == 2 && found.iter().all(|m| m.contains("E-HEAP-TYPE")), "{found:?}");
    }
}
