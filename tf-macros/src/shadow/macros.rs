//! Macros in a body.

use super::Shadow;
use super::forbidden::allocating_macro;
use super::operators::arithmetic;
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
            "get_variable" | "new_variable" | "variable_scope" if call.tokens.is_empty() => {
                let error = nameless(&call.path).to_compile_error();
                Some(quote!({ #error }))
            }
            "get_variable" | "new_variable" => Some(self.variable(call, &name)),
            "variable_scope" => Some(self.scope_call(call)),
            "name_scope" => Some(self.name_scope(call)),
            "control_dependencies" => Some(self.control_dependencies(call)),
            "device" => Some(self.device(call)),
            "colocate_with" => Some(self.colocate_with(call)),
            "container" => Some(self.container(call)),
            "assert" | "debug_assert" => self.assert(call),
            "assert_eq" | "debug_assert_eq" => self.assert_compared(call, &parse_quote!(==)),
            "assert_ne" | "debug_assert_ne" => self.assert_compared(call, &parse_quote!(!=)),
            "println" | "eprintln" | "print" | "eprint" => Some(quote!({})),
            // Not a user's own macro of such a name.
            "trace" | "debug" | "info" | "warn" | "error" if is_of_a_logger(&call.path) => Some(quote!({})),
            "dbg" => self.dbg(call),
            "matches" => self.matches(call),
            "panic" | "unreachable" | "todo" | "unimplemented" => panic_with_text(call),
            "vec" | "format" => {
                self.mistakes.push(allocating_macro(&call.path, &name, self.of));
                None
            }
            _ => None,
        }
    }

    fn assert(&mut self, call: &Macro) -> Option<TokenStream> {
        let arguments = arguments(call)?;
        let (condition, message) = arguments.split_first()?;
        let otherwise = || format!("assertion failed: {}", condition.to_token_stream());
        Some(self.assertion(call, condition, message, otherwise))
    }

    fn assert_compared(&mut self, call: &Macro, op: &syn::BinOp) -> Option<TokenStream> {
        let arguments = arguments(call)?;
        let [left, right, message @ ..] = arguments.as_slice() else {
            return None;
        };
        let condition: Expr = parse_quote!((#left) #op (#right));
        let otherwise = || {
            format!("assertion failed: {} {} {}", left.to_token_stream(), op.to_token_stream(), right.to_token_stream())
        };
        Some(self.assertion(call, &condition, message, otherwise))
    }

    /// A failed assertion is one of the model's mistakes, not the end of its evaluation.
    fn assertion(
        &mut self,
        call: &Macro,
        condition: &Expr,
        message: &[Expr],
        otherwise: impl FnOnce() -> String,
    ) -> TokenStream {
        let (condition, cx) = (self.expression(condition), cx());
        let (start, end) = (first(&call.path), call.delimiter.span().join());
        let said =
            self::message(message, is_size).unwrap_or_else(|| Message { texts: vec![otherwise()], values: vec![] });
        match said.texts.as_slice() {
            [text] => library_call(&["v", "assert"], start, end, quote!(#condition, #text, #cx)),
            texts => {
                let values = said.values.iter().map(|value| self.expression(value));
                let refuted =
                    library_call(&["v", "refuted"], start, end, quote!(&[#(#texts),*], &[#((#values) as i128),*], #cx));
                // The values are wanted only where it does not hold: a size among them may be unknown.
                quote!(if (#condition) {} else { #refuted })
            }
        }
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

/// A message: `values` stand between the `texts`.
struct Message<'e> {
    texts: Vec<String>,
    values: Vec<&'e Expr>,
}

/// A format with its arguments. An argument of which `is_shown` fills its hole; any other may be of a type that const evaluation cannot
/// show, and is named by its source.
fn message(format: &[Expr], is_shown: fn(&Expr) -> bool) -> Option<Message<'_>> {
    let [Expr::Lit(ExprLit { lit: Lit::Str(format), .. }), arguments @ ..] = format else { return None };
    let format = format.value();
    let (mut texts, mut values, mut text) = (vec![], vec![], String::new());
    let mut arguments_in_order = arguments.iter();
    let mut rest = format.as_str();
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            text.push_str(&rest[..1]);
            rest = &rest[2..];
            continue;
        }
        // What is no hole rustc reports where the layer runs.
        let (hole, after) = rest.strip_prefix('{')?.split_once('}')?;
        rest = after;
        let name = hole.split(':').next().unwrap_or_default().trim();
        let argument = if name.is_empty() {
            arguments_in_order.next()
        } else {
            name.parse().ok().and_then(|index: usize| arguments.get(index))
        };
        match argument {
            Some(value) if is_shown(value) => {
                texts.push(std::mem::take(&mut text));
                values.push(value);
            }
            Some(other) => text.push_str(&format!("`{}`", other.to_token_stream())),
            None => text.push_str(&format!("`{name}`")),
        }
    }
    text.push_str(rest);
    texts.push(text);
    Some(Message { texts, values })
}

/// Whether an expression is a number by its form: `x.dim(3)`, `widths.len()`, `2 * x.dim(0)`.
fn is_size(e: &Expr) -> bool {
    match e {
        Expr::MethodCall(call) => call.method == "dim" || (call.method == "len" && call.args.is_empty()),
        Expr::Paren(e) => is_size(&e.expr),
        Expr::Binary(e) => arithmetic(&e.op).is_some() && (is_size(&e.left) || is_size(&e.right)),
        _ => false,
    }
}

/// A message with holes cannot be formatted in const evaluation; nor can any but that of `panic!`.
fn panic_with_text(call: &Macro) -> Option<TokenStream> {
    let arguments = arguments(call)?;
    let text = message(&arguments, |_| false)?.texts.concat();
    if call.path.is_ident("panic") && arguments.len() == 1 && !call.tokens.to_string().contains(['{', '}']) {
        return None;
    }
    let place = first(&call.path);
    let text = LitStr::new(&text, place);
    let arguments = parentheses(call.delimiter.span().join(), quote!("{}", #text));
    Some(quote_spanned!(place=> ::core::panic! #arguments))
}

/// Whether the path begins with a crate that logs: `log::info`, `tracing::warn`.
fn is_of_a_logger(path: &syn::Path) -> bool {
    path.segments.len() > 1
        && path.segments.first().is_some_and(|first| first.ident == "log" || first.ident == "tracing")
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
            "{ __tf :: v :: assert (__tf :: M (x) . dim (3 , __cx) == 3 , \"got `n` channels\" , __cx) ; }"
        );
        assert_eq!(
            shadow(&parse_quote!({
                assert_eq!(third(9), 3);
            })),
            "{ __tf :: v :: assert ((< third > :: at (__cx) . call (9)) == (3) , \"assertion failed: third (9) == 3\" , __cx) ; }"
        );
    }

    #[test]
    fn sizes_fill_the_holes_of_a_message() {
        assert_eq!(
            shadow(&parse_quote!({
                assert!(n == 3, "{} and {:?} of {{{n}}}, {0}", n, x.dim(3));
            })),
            "{ if (n == 3) { } else { __tf :: v :: refuted (& [\"`n` and \" , \" of {`n`}, `n`\"] , \
             & [(__tf :: M (x) . dim (3 , __cx)) as i128] , __cx) } ; }"
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
        assert_eq!(shadow(&parse_quote!({ panic!("no {x}") })), "{ :: core :: panic ! (\"{}\" , \"no `x`\") }");
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
