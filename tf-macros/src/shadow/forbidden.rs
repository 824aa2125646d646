//! What const evaluation cannot follow, with the way out.

use super::Shadow;
use crate::mistake::{Code, Followed, mistake};
use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Error, Expr, ExprClosure, ExprMethodCall, ExprRange, Path, Signature, TraitBound, TypeFnPtr, TypePath};

/// Types that own memory, and what to take instead.
pub(super) const HEAP_TYPES: &[(&str, &str)] = &[
    ("Vec", "take `&[T]` or `[T; N]`"),
    ("VecDeque", "take `&[T]` or `[T; N]`"),
    ("String", "take `&'static str`"),
    ("Box", "take it by value or by reference"),
    ("Rc", "take it by value or by reference"),
    ("Arc", "take it by value or by reference"),
    ("HashMap", "take an array of pairs"),
    ("BTreeMap", "take an array of pairs"),
];

/// Methods of iterators that end a chain or begin one outside of a `for`.
const ITERATOR_METHODS: &[&str] = &[
    "iter",
    "into_iter",
    "iter_mut",
    "collect",
    "for_each",
    "fold",
    "to_vec",
    "to_string",
    "to_owned",
    "chunks",
    "windows",
];

/// Those that a `for` takes apart.
const FOLLOWED_IN_FOR: &[&str] = &["enumerate", "zip", "rev", "copied", "cloned"];

impl Shadow {
    /// Closures, `?` and async, in a body.
    pub(super) fn forbidden(&mut self, e: &Expr) -> Option<TokenStream> {
        self.mistakes.push(match e {
            Expr::Closure(closure) => self::closure(closure, self.of),
            Expr::Try(e) => mistake(
                e.question_token,
                Code::QuestionMark,
                "a layer has no `?`: mistakes are recorded in the graph, and returned when it is built",
                "remove the `?`",
            ),
            other => asynchronous(other),
        });
        None
    }
}

fn closure(e: &ExprClosure, of: Followed) -> Error {
    mistake(
        e.inputs_begin,
        Code::Closure,
        format_args!("a closure cannot be called in {}", of.const_evaluation()),
        format_args!("write a `for` loop, another layer or a `#[helper]` function, or {}", of.leave_to_graph()),
    )
}

fn asynchronous(at: &impl ToTokens) -> Error {
    mistake(
        at,
        Code::Async,
        "a layer cannot be async: it describes a graph, and waits for nothing",
        "remove `async` and `.await`",
    )
}

/// Iterators outside of a `for`: one mistake for a whole chain, at the method that cannot be followed, which is seldom the one that begins it.
pub(super) fn iterator(call: &ExprMethodCall, of: Followed) -> Option<Error> {
    let mut chain = vec![&call.method];
    let mut receiver = &*call.receiver;
    while let Expr::MethodCall(inner) = receiver {
        chain.push(&inner.method);
        receiver = &inner.receiver;
    }
    chain.reverse();
    let is = |method: &Ident, list: &[&str]| list.contains(&method.to_string().as_str());
    let (_, rest) = chain.split_at(chain.iter().position(|method| is(method, ITERATOR_METHODS))?);
    let (first, after) = rest.split_first()?;
    let begins = is(first, &["iter", "into_iter", "iter_mut"]);
    match after.iter().find(|method| begins && !is(method, FOLLOWED_IN_FOR)) {
        Some(culprit) => Some(adaptor(culprit, of)),
        None if begins => Some(apart_from_a_for(first, of)),
        None => Some(adaptor(first, of)),
    }
}

fn apart_from_a_for(method: &Ident, of: Followed) -> Error {
    mistake(
        method,
        Code::Adaptor,
        format_args!("an iterator cannot be kept in {}", of.const_evaluation()),
        format_args!(
            "write it where it is gone through: `for x in xs.{method}() {{ .. }}`, or {}",
            of.leave_to_graph()
        ),
    )
}

pub(super) fn adaptor(method: &Ident, of: Followed) -> Error {
    mistake(
        method,
        Code::Adaptor,
        format_args!("{}, cannot follow `{method}`", of.const_evaluation()),
        format_args!(
            "write `for` over a range, an array or a slice, with `iter`, `enumerate`, `zip`, `rev`, `copied` where needed, or {}",
            of.leave_to_graph()
        ),
    )
}

pub(super) fn open_range(range: &ExprRange) -> Error {
    mistake(range, Code::Adaptor, "a `for` over a range needs both of its ends", "write `for i in 0..n`")
}

pub(super) fn heap_type(name: &Ident, of: Followed) -> Error {
    let instead = HEAP_TYPES.iter().find(|(heap, _)| name == heap).map_or("take an array", |(_, instead)| instead);
    mistake(
        name,
        Code::HeapType,
        format_args!("a `{name}` cannot exist in {}", of.const_evaluation()),
        format_args!("{instead}, or {}", of.leave_to_graph()),
    )
}

pub(super) fn allocating_macro(path: &Path, name: &str, of: Followed) -> Error {
    let instead = if name == "vec" { "write an array" } else { "write a name as \"conv{i}\"" };
    mistake(
        path,
        Code::HeapType,
        format_args!("`{name}!` allocates, which {}, cannot", of.const_evaluation()),
        format_args!("{instead}, or {}", of.leave_to_graph()),
    )
}

/// What cannot be followed in a signature.
pub(crate) fn signature_mistakes(signature: &Signature) -> Vec<Error> {
    let mut types = Types(vec![]);
    types.visit_signature(signature);
    if let Some(token) = &signature.asyncness {
        types.0.insert(0, asynchronous(token));
    }
    types.0
}

struct Types(Vec<Error>);

impl Types {
    fn layer_argument(&mut self, at: impl ToTokens) {
        self.0.push(mistake(
            at,
            Code::LayerArgument,
            "a layer cannot be an argument of a layer: const evaluation cannot call it",
            format_args!("take an enum and `match` on it, or {}", Followed::Layer.leave_to_graph()),
        ));
    }
}

impl<'a> Visit<'a> for Types {
    fn visit_type_path(&mut self, path: &'a TypePath) {
        match path.path.segments.last() {
            // An element type says what a handle is of: there is none of it.
            Some(last) if last.ident == "Tensor" || last.ident == "Variable" => {}
            // What is inside of one is the same mistake.
            Some(last) if HEAP_TYPES.iter().any(|(heap, _)| last.ident == heap) => {
                self.0.push(heap_type(&last.ident, Followed::Layer))
            }
            _ => visit::visit_type_path(self, path),
        }
    }

    fn visit_type_fn_ptr(&mut self, pointer: &'a TypeFnPtr) {
        self.layer_argument(pointer);
    }

    fn visit_trait_bound(&mut self, bound: &'a TraitBound) {
        match bound.path.segments.last() {
            Some(last) if matches!(last.ident.to_string().as_str(), "Fn" | "FnMut" | "FnOnce") => {
                self.layer_argument(bound)
            }
            _ => visit::visit_trait_bound(self, bound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::mistakes;
    use super::*;
    use syn::parse_quote;

    fn one(found: Vec<String>, code: &str) {
        assert!(found.len() == 1 && found[0].contains(code), "{found:?}");
    }

    #[test]
    fn bodies_that_cannot_be_followed_have_one_mistake_each() {
        one(
            mistakes(&parse_quote!({
                let f = |t| relu(t?);
                f(x)
            })),
            "E-CLOSURE",
        );
        one(
            mistakes(&parse_quote!({
                let z = y?;
                z
            })),
            "E-QUESTION-MARK",
        );
        one(mistakes(&parse_quote!({ f(x).await })), "E-ASYNC");
        one(mistakes(&parse_quote!({ [1, 2].map(|k| conv(x, k)) })), "E-CLOSURE");
        one(
            mistakes(&parse_quote!({
                let n: usize = xs.iter().map(|x| x + 1).sum();
            })),
            "E-ADAPTOR",
        );
    }

    #[test]
    fn signatures_that_cannot_be_followed_have_one_mistake_for_each_type() {
        let of = |s: Signature| signature_mistakes(&s).iter().map(ToString::to_string).collect::<Vec<_>>();
        one(of(parse_quote!(fn f(x: Tensor<f32>, widths: Vec<Vec<usize>>))), "E-HEAP-TYPE");
        one(of(parse_quote!(fn f(widths: &Vec<usize>))), "E-HEAP-TYPE");
        one(of(parse_quote!(fn f(g: fn(Tensor<f32>) -> Tensor<f32>))), "E-LAYER-ARGUMENT");
        one(of(parse_quote!(fn f(g: impl Fn(Tensor<f32>) -> Tensor<f32>))), "E-LAYER-ARGUMENT");
        one(of(parse_quote!(fn f<F>(g: F) where F: FnOnce(Tensor<f32>))), "E-LAYER-ARGUMENT");
        one(of(parse_quote!(async fn f())), "E-ASYNC");
        assert!(of(parse_quote!(fn f(x: Tensor<String>, v: &Variable<String>))).is_empty());
        assert!(of(parse_quote!(fn f(x: impl AsTensor<f32>, n: &[usize]) -> [Tensor<f32>; 2])).is_empty());
    }
}
