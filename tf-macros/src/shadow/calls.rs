//! Calls and methods.

use super::Shadow;
use super::forbidden::HEAP_TYPES;
use crate::arguments::negative_size;
use crate::crate_path::{library, library_call};
use crate::methods::{METHODS, NUMBER_FUNCTIONS, WITHOUT_ARGUMENTS};
use crate::mistake::{Code, Followed, mistake};
use crate::spans::{cx, first, last, local, parentheses};
use proc_macro2::{Ident, Punct, Spacing, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::visit_mut;
use syn::{Expr, ExprCall, ExprMethodCall, ExprPath, Path, PathArguments};

impl Shadow {
    /// `path(arguments)` becomes `<path>::at(cx).call(arguments)`: layers and operations have a struct of their own name.
    pub(super) fn call(&mut self, e: &mut ExprCall) -> Option<TokenStream> {
        if let Some(mistake) = heap_constructor(&e.func, self.of) {
            self.mistakes.push(mistake);
            return None;
        }
        if let Some(mistake) = not_in_a_layer(e, self.of) {
            self.mistakes.push(mistake);
            return None;
        }
        let of_the_library = matches!(&*e.func, Expr::Path(callee) if is_of_the_library(&callee.path));
        if let Some(mistake) = self.outside_call(e, of_the_library) {
            self.mistakes.push(mistake);
            return None;
        }
        visit_mut::visit_expr_call_mut(self, e);
        // `(plain)(x)` is no path: a const function of another crate, called as it is.
        let Expr::Path(ExprPath { qself: None, path, .. }) = &*e.func else {
            return None;
        };
        if is_number_function(path) && !e.args.is_empty() {
            return Some(self.number_function(path, e));
        }
        if let (Some(number), [value]) = (conversion(path), Vec::from_iter(&e.args).as_slice()) {
            return Some(quote!(((#value) as #number)));
        }
        if self.is_plain(path) {
            return None;
        }
        let name = path.segments.last()?;
        let start = first(path);
        let mut owner = path.clone();
        owner.segments.last_mut()?.arguments = PathArguments::None;
        let generics = match &name.arguments {
            PathArguments::AngleBracketed(arguments) => {
                let mut arguments = arguments.clone();
                arguments.colon2_token.get_or_insert_with(Default::default);
                Some(arguments)
            }
            _ => None,
        };
        let (cx, arguments, place) = (cx(), &e.args, name.ident.span());
        let (open, close) = (punct('<', start), punct('>', place));
        let (at, call) = (Ident::new("at", place), Ident::new("call", place));
        let arguments = parentheses(e.paren_token.span.join(), quote!(#arguments));
        // The whole of it at the user's name: `at` notes where the layer is called.
        let cx = parentheses(place, quote!(#cx));
        let owner = if is_of_the_library(path) { quote!(#owner) } else { marked(&owner, start) };
        let owner = if self.typed { crate::typed::callee(&owner) } else { owner };
        Some(quote!(#open #owner #close::#at #cx.#call #generics #arguments))
    }

    /// Whether a callee is called as it is: a constructor, a function of a type, of the standard library, or of this body.
    fn is_plain(&self, path: &Path) -> bool {
        let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        match names.as_slice() {
            [name] => {
                is_capitalised(name)
                    || STANDARD_FUNCTIONS.contains(&name.as_str())
                    || self.local_functions.iter().flatten().any(|f| f == name)
            }
            [first, .., owner, name] => is_capitalised(name) || is_type(owner) || is_standard(first),
            [owner, name] => is_capitalised(name) || is_type(owner) || is_standard(owner),
            [] => true,
        }
    }

    /// `usize::max(a, b)`: a method of the closed list, on a receiver of the type that is named.
    fn number_function(&mut self, path: &Path, e: &ExprCall) -> TokenStream {
        let start = first(path);
        let mut arguments = e.args.iter();
        let receiver = arguments.next();
        let receiver = match path.segments.iter().rev().nth(1).map(|s| &s.ident) {
            Some(number) if is_primitive(&number.to_string()) => {
                let typed = local("__x");
                quote!({ let #typed: #number = #receiver; #typed })
            }
            _ => quote!(#receiver),
        };
        let method = &path.segments[path.segments.len() - 1].ident;
        let cx = cx();
        let arguments = parentheses(e.paren_token.span.join(), quote!(#(#arguments,)* #cx));
        let receiver = library_call(&["M"], start, start, receiver);
        quote!(#receiver.#method #arguments)
    }

    pub(super) fn method_call(&mut self, e: &mut ExprMethodCall) -> Option<TokenStream> {
        if let Some(mistake) = super::forbidden::iterator(e, self.of) {
            self.mistakes.push(mistake);
            return None;
        }
        if let Some(mistake) = self.outside_method(e) {
            self.mistakes.push(mistake);
            return None;
        }
        if e.method == "set_custom_getter" {
            self.mistakes.push(super::scopes::getter_mistake(&e.method, self.of));
            return None;
        }
        if let Some(size) = e.args.first().filter(|_| e.method == "reshape").and_then(negative_size) {
            self.mistakes.push(reshaped_to(size));
            return None;
        }
        if let Some(Expr::Unary(axis)) = e.args.first().filter(|_| e.method == "dim")
            && matches!(axis.op, syn::UnOp::Neg(_))
        {
            let says = "dimensions are counted from the first, which is 0";
            self.mistakes.push(mistake(axis, Code::NegativeSize, says, "the last is `x.dim(x.rank() - 1)`"));
            return None;
        }
        let (start, end) = (first(&e.receiver), last(&e.receiver));
        visit_mut::visit_expr_method_call_mut(self, e);
        let (receiver, method, generics, arguments, cx) = (&e.receiver, &e.method, &e.turbofish, &e.args, cx());
        let place = e.paren_token.span.join();
        if method == "clone" && arguments.is_empty() {
            return Some(library_call(&["v", "copy"], start, place, quote!(&#receiver)));
        }
        let name = method.to_string();
        if !METHODS.contains(&name.as_str()) || !arguments.is_empty() && WITHOUT_ARGUMENTS.contains(&name.as_str()) {
            return None;
        }
        let comma = (!arguments.empty_or_trailing()).then(|| quote_spanned!(place=> ,));
        let arguments = parentheses(place, quote!(#arguments #comma #cx));
        let receiver = library_call(&["M"], start, end, quote!(#receiver));
        Some(quote!(#receiver.#method #generics #arguments))
    }
}

/// What TensorFlow's users write by habit: `get_variable(..)` where the macro of that name stands, -1 for a size that is not known, and the
/// arguments of an initializer in their order.
fn not_in_a_layer(e: &ExprCall, of: Followed) -> Option<syn::Error> {
    let Expr::Path(ExprPath { qself: None, path, .. }) = &*e.func else { return None };
    let name = path.segments.last()?.ident.to_string();
    if path.segments.len() > 1 && !is_of_the_library(path) {
        return None;
    }
    if BY_HAND.contains(&name.as_str()) {
        let says = format!(
            "`{name}(..)` is a function, for graphs that are built by hand, and {} calls a macro",
            of.article()
        );
        return Some(mistake(path, Code::MacroCall, says, format_args!("write `{name}!(..)`")));
    }
    if NORMAL.contains(&name.as_str())
        && let Some(first) = e.args.first()
    {
        let options = ["mean", "stddev", "seed"].iter().zip(&e.args);
        let said: String = options.map(|(option, value)| format!(".{option}({})", value.to_token_stream())).collect();
        let says = format!("`{name}` has no arguments, and an option for each");
        return Some(mistake(first, Code::InitializerArguments, says, format_args!("write `{name}(){said}`")));
    }
    let size = e.args.get(1).filter(|_| name == "reshape").and_then(negative_size)?;
    Some(reshaped_to(size))
}

/// Functions of which layers use the macros.
const BY_HAND: &[&str] =
    &["get_variable", "new_variable", "variable_scope", "name_scope", "control_dependencies", "device", "container"];

/// Initializers that TensorFlow gives mean, deviation and seed.
const NORMAL: &[&str] = &["random_normal_initializer", "truncated_normal_initializer"];

fn reshaped_to(size: &Expr) -> syn::Error {
    let says = "a size is not below zero";
    mistake(size, Code::NegativeSize, says, "write `tf::ANY` for the size that follows from the others")
}

/// The type of a function that somebody may have forgotten to mark: then rustc names what it has to be marked with.
fn marked(owner: &Path, start: Span) -> TokenStream {
    let hint = library(start, &["functions_that_layers_call_are_marked_variable_scope_or_helper"]);
    quote!(#hint!(#owner))
}

/// Whether a path begins as those of operations do, which are marked.
fn is_of_the_library(path: &Path) -> bool {
    path.segments.len() > 1 && path.segments.first().is_some_and(|first| first.ident == "tf" || first.ident == "nn")
}

/// Of the prelude, and const.
const STANDARD_FUNCTIONS: &[&str] = &["size_of", "size_of_val", "align_of", "align_of_val", "drop"];

const PRIMITIVES: &[&str] = &[
    "usize", "u8", "u16", "u32", "u64", "u128", "isize", "i8", "i16", "i32", "i64", "i128", "f32", "f64", "bool",
    "char", "str",
];

fn is_primitive(name: &str) -> bool {
    PRIMITIVES.contains(&name)
}

fn is_type(name: &str) -> bool {
    is_capitalised(name) || is_primitive(name)
}

fn is_standard(root: &str) -> bool {
    matches!(root, "std" | "core" | "alloc")
}

fn is_capitalised(name: &str) -> bool {
    name.trim_start_matches('_').starts_with(|c: char| c.is_uppercase())
}

/// `usize::max`, `f32::sqrt`, `std::cmp::max`: of a trait, or not const.
fn is_number_function(path: &Path) -> bool {
    let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
    let [.., owner, name] = names.as_slice() else {
        return false;
    };
    NUMBER_FUNCTIONS.contains(&name.as_str()) && (is_primitive(owner) || (owner == "cmp" && is_standard(&names[0])))
}

/// `f64::from(n)`, of a trait: from what rustc accepts there, `as` comes to the same.
fn conversion(path: &Path) -> Option<&Ident> {
    let mut names = path.segments.iter().rev();
    let (function, number) = (names.next()?, names.next()?);
    (function.ident == "from" && path.segments.len() == 2 && is_primitive(&number.ident.to_string()))
        .then_some(&number.ident)
}

/// `Vec::from(..)`, `Box::new(..)`; `Vec::new()` and `String::new()` are const.
fn heap_constructor(callee: &Expr, of: Followed) -> Option<syn::Error> {
    let Expr::Path(ExprPath { qself: None, path, .. }) = callee else {
        return None;
    };
    let mut names = path.segments.iter().rev();
    let (function, owner) = (names.next()?, names.next()?);
    let name = owner.ident.to_string();
    let empty = function.ident == "new" && matches!(name.as_str(), "Vec" | "String");
    let known = HEAP_TYPES.iter().any(|(heap, _)| *heap == name);
    (known && !empty).then(|| super::forbidden::heap_type(&owner.ident, of))
}

fn punct(c: char, span: Span) -> Punct {
    let mut punct = Punct::new(c, Spacing::Alone);
    punct.set_span(span);
    punct
}

#[cfg(test)]
mod tests {
    use super::super::tests::{mistakes, shadow};
    use syn::parse_quote;

    #[test]
    fn calls_of_layers_go_to_their_shadows() {
        assert_eq!(
            shadow(&parse_quote!({ nn::relu(conv(x, 3)) })),
            "{ < nn :: relu > :: at (__cx) . call (< conv > :: at (__cx) . call (x , 3)) }"
        );
        assert_eq!(
            shadow(&parse_quote!({ dense::<{ 4 * 8 }, f32>(y) })),
            "{ < dense > :: at (__cx) . call :: < { 4 * 8 } , f32 > (y) }"
        );
        assert_eq!(shadow(&parse_quote!({ super::f::<C>() })), "{ < super :: f > :: at (__cx) . call :: < C > () }");
    }

    #[test]
    fn constructors_and_functions_of_types_are_left_alone() {
        for body in [
            quote::quote!({ Some(x) }),
            quote::quote!({ Config::new(3) }),
            quote::quote!({ tf::State(3) }),
            quote::quote!({ usize::pow(2, 3) }),
            quote::quote!({ std::mem::size_of::<f32>() }),
            quote::quote!({ size_of::<f32>() }),
            quote::quote!({ (half)(n) }),
            quote::quote!({ <T as Width>::of(n) }),
            quote::quote!({
                fn third(n: usize) -> usize {
                    n
                }
                { third(n) }
            }),
            quote::quote!({ Vec::<usize>::new() }),
        ] {
            let parsed = syn::parse2(body.clone()).unwrap();
            assert_eq!(shadow(&parsed), body.to_string());
        }
    }

    #[test]
    fn an_attributed_function_of_the_body_is_a_layer() {
        assert!(
            shadow(&parse_quote!({
                #[variable_scope]
                fn inner(n: usize) {}
                inner(3)
            }))
            .contains("< inner > :: at")
        );
    }

    #[test]
    fn methods_of_the_closed_list_and_functions_of_numbers() {
        assert_eq!(shadow(&parse_quote!({ x.dim(3) })), "{ __tf :: M (x) . dim (3 , __cx) }");
        assert_eq!(shadow(&parse_quote!({ x.cast::<f64>() })), "{ __tf :: M (x) . cast :: < f64 > (__cx) }");
        assert_eq!(shadow(&parse_quote!({ cfg.double().pow(2) })), "{ cfg . double () . pow (2) }");
        assert_eq!(shadow(&parse_quote!({ cfg.clone() })), "{ __tf :: v :: copy (& cfg) }");
        assert_eq!(
            shadow(&parse_quote!({ usize::max(a, b) })),
            "{ __tf :: M ({ let __x : usize = a ; __x }) . max (b , __cx) }"
        );
        assert_eq!(shadow(&parse_quote!({ f64::from(n) })), "{ ((n) as f64) }");
        assert_eq!(shadow(&parse_quote!({ std::cmp::max(a, b) })), "{ __tf :: M (a) . max (b , __cx) }");
    }

    #[test]
    fn what_lives_on_the_heap_is_refused_once() {
        let mistakes = mistakes(&parse_quote!({ f(Vec::from([1, 2])) }));
        assert!(mistakes.len() == 1 && mistakes[0].contains("E-HEAP-TYPE"), "{mistakes:?}");
    }
}
