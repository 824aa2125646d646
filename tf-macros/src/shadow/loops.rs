//! `for` becomes `while`, because iterators are traits.
//!
//! The step comes before the body, so that `continue` works.

use super::Shadow;
use super::forbidden::adaptor;
use super::operators::is_literal;
use super::scopes::Frame;
use crate::crate_path::library_call;
use crate::spans::{cx, first, last, parentheses};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprForLoop, ExprMethodCall, ExprRange, RangeLimits};

/// An iterator, taken apart.
struct Cursor {
    /// Statements before the loop.
    setup: TokenStream,
    /// Whether there is a next item.
    condition: TokenStream,
    /// Statements that bind the next item to the pattern, and step.
    next: TokenStream,
    /// The number of items, where it is known before the loop.
    length: Option<TokenStream>,
}

/// Adaptors that have no cursor.
const OTHER_ADAPTORS: &[&str] = &[
    "map",
    "filter",
    "filter_map",
    "flat_map",
    "flatten",
    "chain",
    "cycle",
    "skip",
    "take",
    "skip_while",
    "take_while",
    "step_by",
    "chunks",
    "chunks_exact",
    "windows",
    "inspect",
    "scan",
    "peekable",
    "map_while",
    "iter_mut",
    "chars",
    "bytes",
    "split",
];

impl Shadow {
    pub(super) fn for_loop(&mut self, e: &ExprForLoop) -> TokenStream {
        let Some(Cursor { setup, condition, next, .. }) = self.cursor(&e.expr, &e.pat.to_token_stream(), false) else {
            return quote!({});
        };
        self.frames.push(Frame::of_loop(e.label.as_ref()));
        let body = self.block(&e.body);
        self.frames.pop();
        let label = &e.label;
        quote!({ #setup #label while #condition { #next #body } })
    }

    /// The cursor of an iterator written as methods of ranges, arrays and slices; `None` after a mistake.
    fn cursor(&mut self, e: &Expr, pattern: &TokenStream, reversed: bool) -> Option<Cursor> {
        match e {
            Expr::Paren(e) => self.cursor(&e.expr, pattern, reversed),
            Expr::Group(e) => self.cursor(&e.expr, pattern, reversed),
            Expr::Range(range) => self.range(range, pattern, reversed),
            Expr::MethodCall(call) => match (call.method.to_string().as_str(), call.args.len()) {
                ("into_iter", 0) => self.cursor(&call.receiver, pattern, reversed),
                ("rev", 0) => self.cursor(&call.receiver, pattern, !reversed),
                ("iter", 0) => Some(self.slice(&call.receiver, pattern, reversed)),
                ("copied" | "cloned", 0) => self.copied(call, pattern, reversed),
                ("enumerate", 0) => self.enumerate(call, pattern, reversed),
                ("zip", 1) if !reversed => self.zip(call, pattern),
                (name, _) if name == "zip" || OTHER_ADAPTORS.contains(&name) => {
                    self.mistakes.push(adaptor(&call.method, self.of));
                    None
                }
                _ => Some(self.items(e, pattern, reversed)),
            },
            _ => Some(self.items(e, pattern, reversed)),
        }
    }

    fn range(&mut self, e: &ExprRange, pattern: &TokenStream, reversed: bool) -> Option<Cursor> {
        let (Some(start), Some(end)) = (&e.start, &e.end) else {
            self.mistakes.push(super::forbidden::open_range(e));
            return None;
        };
        // Through the library, where an end may be the size of an unknown dimension.
        let ends = if is_literal(end) {
            let (start, end) = (self.expression(start), self.expression(end));
            quote!((#start, #end))
        } else {
            let (first, last) = (first(e), last(e));
            let (start, end, cx) = (self.expression(start), self.expression(end), cx());
            library_call(&["v", "range"], first, last, quote!(#start, #end, #cx))
        };
        let (i, bound, more) = (self.fresh("i"), self.fresh("bound"), self.fresh("more"));
        let (setup, condition, next) = match (&e.limits, reversed) {
            (RangeLimits::HalfOpen(_), false) => {
                (quote!(let (mut #i, #bound) = #ends;), quote!(#i < #bound), quote!(let #pattern = #i; #i += 1;))
            }
            (RangeLimits::HalfOpen(_), true) => {
                (quote!(let (#bound, mut #i) = #ends;), quote!(#i > #bound), quote!(#i -= 1; let #pattern = #i;))
            }
            // The last item may be the last of its type: there is no step after it.
            (RangeLimits::Closed(_), false) => (
                quote!(let (mut #i, #bound) = #ends; let mut #more = #i <= #bound;),
                quote!(#more),
                quote!(let #pattern = #i; if #i < #bound { #i += 1; } else { #more = false; }),
            ),
            (RangeLimits::Closed(_), true) => (
                quote!(let (#bound, mut #i) = #ends; let mut #more = #i >= #bound;),
                quote!(#more),
                quote!(let #pattern = #i; if #i > #bound { #i -= 1; } else { #more = false; }),
            ),
        };
        Some(Cursor { setup, condition, next, length: None })
    }

    /// `xs.iter()`: references to the items of an array or a slice.
    fn slice(&mut self, receiver: &Expr, pattern: &TokenStream, reversed: bool) -> Cursor {
        let place = first(receiver);
        let receiver = self.expression(receiver);
        let (owner, items) = (self.fresh("owner"), self.fresh("items"));
        // A method call finds the slice behind an array and behind references; the binding before keeps a temporary alive.
        let setup = quote_spanned!(place=> let #owner = &#receiver; let #items = #owner.split_at(0).1;);
        let item = |i: &TokenStream| quote_spanned!(place=> &#items[#i]);
        self.indexed(setup, quote!(#items.len()), item, pattern, reversed)
    }

    /// Arrays, references to arrays, slices: whatever the library's `Iterated` is.
    fn items(&mut self, e: &Expr, pattern: &TokenStream, reversed: bool) -> Cursor {
        let place = first(e);
        let end = last(e);
        let iterated = self.expression(e);
        let (cx, iterate, iterated) =
            (parentheses(place, cx().to_token_stream()), Ident::new("iterate", place), parentheses(end, iterated));
        let iterated = quote!(#cx.#iterate #iterated);
        let items = self.fresh("items");
        let setup = quote_spanned!(place=> let #items = #iterated;);
        let item = |i: &TokenStream| quote_spanned!(place=> #items.get(#i));
        self.indexed(setup, quote_spanned!(place=> #items.len()), item, pattern, reversed)
    }

    fn indexed(
        &mut self,
        setup: TokenStream,
        length: TokenStream,
        item: impl Fn(&TokenStream) -> TokenStream,
        pattern: &TokenStream,
        reversed: bool,
    ) -> Cursor {
        let i = self.fresh("i").into_token_stream();
        let item = item(&i);
        let (start, condition, next) = if reversed {
            (quote!(let mut #i = #length;), quote!(#i > 0), quote!(#i -= 1; let #pattern = #item;))
        } else {
            (quote!(let mut #i = 0usize;), quote!(#i < #length), quote!(let #pattern = #item; #i += 1;))
        };
        Cursor { setup: quote!(#setup #start), condition, next, length: Some(length) }
    }

    fn copied(&mut self, call: &ExprMethodCall, pattern: &TokenStream, reversed: bool) -> Option<Cursor> {
        let item = self.fresh("item");
        let mut cursor = self.cursor(&call.receiver, &item.to_token_stream(), reversed)?;
        cursor.next.extend(quote!(let #pattern = *#item;));
        Some(cursor)
    }

    fn enumerate(&mut self, call: &ExprMethodCall, pattern: &TokenStream, reversed: bool) -> Option<Cursor> {
        let (item, count) = (self.fresh("item"), self.fresh("count"));
        let mut cursor = self.cursor(&call.receiver, &item.to_token_stream(), reversed)?;
        if reversed {
            let Some(length) = &cursor.length else {
                self.mistakes.push(adaptor(&call.method, self.of));
                return None;
            };
            cursor.setup.extend(quote!(let mut #count = #length;));
            cursor.next.extend(quote!(#count -= 1; let #pattern = (#count, #item);));
        } else {
            cursor.setup.extend(quote!(let mut #count = 0usize;));
            cursor.next.extend(quote!(let #pattern = (#count, #item); #count += 1;));
        }
        Some(cursor)
    }

    fn zip(&mut self, call: &ExprMethodCall, pattern: &TokenStream) -> Option<Cursor> {
        let (left, right) = (self.fresh("left"), self.fresh("right"));
        let a = self.cursor(&call.receiver, &left.to_token_stream(), false)?;
        let b = self.cursor(&call.args[0], &right.to_token_stream(), false)?;
        let join = |a: TokenStream, b: TokenStream| quote!(#a #b);
        let (first, second) = (a.condition, b.condition);
        Some(Cursor {
            setup: join(a.setup, b.setup),
            condition: quote!(#first && #second),
            next: join(join(a.next, b.next), quote!(let #pattern = (#left, #right);)),
            length: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{mistakes, shadow};
    use syn::parse_quote;

    #[test]
    fn ranges_step_before_the_body() {
        assert_eq!(
            shadow(&parse_quote!({
                'a: for i in 0..n {
                    continue 'a;
                }
            })),
            "{ { let (mut __i1 , __bound2) = __tf :: v :: range (0 , n , __cx) ; 'a : while __i1 < __bound2 { let i = __i1 ; __i1 += 1 ; { continue 'a ; } } } }"
        );
        assert!(shadow(&parse_quote!({ for i in 0..3 {} })).contains("let (mut __i1 , __bound2) = (0 , 3) ;"));
        assert!(
            shadow(&parse_quote!({ for i in (0..n).rev() {} }))
                .contains("while __i1 > __bound2 { __i1 -= 1 ; let i = __i1 ;")
        );
        assert!(
            shadow(&parse_quote!({ for i in 0..=n {} })).contains("while __more3 { let i = __i1 ; if __i1 < __bound2")
        );
    }

    #[test]
    fn arrays_and_slices_are_indexed() {
        assert!(shadow(&parse_quote!({ for w in widths {} })).contains("let __items1 = (__cx) . iterate (widths)"));
        assert!(shadow(&parse_quote!({ for w in xs.iter().rev() {} })).contains("let w = & __items2 [__i3]"));
    }

    #[test]
    fn adaptors_compose() {
        let out = shadow(&parse_quote!({ for (i, (a, b)) in xs.iter().copied().zip(0..3).enumerate() {} }));
        assert!(out.contains("& __items7 [__i8]") && out.contains("&& __i9 < __bound10"), "{out}");
        assert!(out.contains("let (i , (a , b)) = (__count2 , __item1) ; __count2 += 1"), "{out}");
        assert!(
            shadow(&parse_quote!({ for (i, x) in xs.iter().enumerate().rev() {} }))
                .contains("let mut __count2 = __items4 . len ()")
        );
    }

    #[test]
    fn other_adaptors_are_one_mistake_each() {
        for body in [
            parse_quote!({ for x in xs.iter().map(|x| x + 1) {} }),
            parse_quote!({ for x in (0..9).step_by(2) {} }),
            parse_quote!({ for x in xs.iter().zip(ys).rev() {} }),
            parse_quote!({ for x in 0.. {} }),
        ] {
            let mistakes = mistakes(&body);
            assert!(mistakes.len() == 1 && mistakes[0].contains("E-ADAPTOR"), "{mistakes:?}");
        }
    }
}
