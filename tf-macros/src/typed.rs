//! One mistake, one error: a body that rustc has found fault with is silent in const evaluation.
//!
//! rustc examines a body twice, in the function and in its shadow. Where it has words of its own for each (`this function`, `this method`) it
//! would say everything twice. So the function's body stands in a constant, as a closure; a constant cannot be evaluated where its types are wrong, and
//! on its value depend the types of all that the shadow calls: then they are no types at all, of which rustc says nothing.
//!
//! A body with generic parameters cannot stand in a constant, so there its mistakes are told twice.

use crate::crate_path::{CratePath, private_name};
use crate::spans::{cx, first};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{FnArg, Pat, ReturnType, Signature, Type};

/// The constant, of the struct that has the function's name.
const BODY: &str = "__BODY";
/// The alias in a shadow that has a meaning where the constant has a value.
const TYPED: &str = "__Typed";

/// Whether a body of this signature can stand in a constant.
pub(crate) fn is_constant(signature: &Signature) -> bool {
    let plain = |tokens: TokenStream| {
        !tokens.into_iter().any(|token| matches!(token, TokenTree::Ident(name) if name == "impl"))
    };
    let borrows = |tokens: TokenStream| {
        tokens
            .into_iter()
            .any(|token| matches!(token, TokenTree::Punct(punct) if matches!(punct.as_char(), '&' | '\'')))
    };
    signature.generics.params.is_empty()
        && plain(signature.inputs.to_token_stream())
        && plain(signature.output.to_token_stream())
        && !borrows(signature.output.to_token_stream())
}

/// What the constant is called.
pub(crate) fn constant_name() -> Ident {
    Ident::new(BODY, Span::call_site())
}

/// The body as a constant.
pub(crate) fn constant(signature: &Signature, body: impl ToTokens) -> TokenStream {
    let typed = |input: &FnArg| match input {
        FnArg::Typed(input) => Some(((*input.pat).clone(), (*input.ty).clone())),
        FnArg::Receiver(_) => None,
    };
    let (patterns, types): (Vec<Pat>, Vec<Type>) = signature.inputs.iter().filter_map(typed).unzip();
    closure(&patterns, &types, &signature.output, body)
}

/// The same of a body whose parts are known apart.
pub(crate) fn closure(
    patterns: &[impl ToTokens],
    types: &[impl ToTokens],
    output: impl ToTokens,
    body: impl ToTokens,
) -> TokenStream {
    let name = constant_name();
    let output = output.to_token_stream();
    // What has no type to return could be taken for more than a block.
    let returned = if output.is_empty() { quote!(-> ()) } else { output };
    quote!(const #name: fn(#(#types),*) #returned = |#(#patterns),*| #returned #body;)
}

/// The type that a shadow returns: the function's, where the function's body is right.
pub(crate) fn output(library: &CratePath, name: &Ident, output: &ReturnType) -> ReturnType {
    let ReturnType::Type(arrow, output) = output else { return ReturnType::Default };
    ReturnType::Type(*arrow, Box::new(Type::Verbatim(returned(library, name, output))))
}

/// The same without the arrow.
pub(crate) fn returned(library: &CratePath, name: &Ident, output: impl ToTokens) -> TokenStream {
    let (private, value) = (library.private(), value(name));
    quote!(#private::Of<#output, #private::Typed<#value>>)
}

/// What begins a shadow: the alias that its calls name, and the context that they pass on.
pub(crate) fn alias(library: &CratePath, name: &Ident) -> TokenStream {
    let (private, value, cx) = (library.private(), value(name), cx());
    let alias = Ident::new(TYPED, Span::call_site());
    quote! {
        type #alias = #private::Typed<#value>;
        let #cx: #private::Of<#private::Cx<'_>, #alias> = #cx;
    }
}

/// A type that is called in such a shadow.
pub(crate) fn callee(owner: impl ToTokens) -> TokenStream {
    let start = first(&owner);
    let (private, alias) = (private_name(start), Ident::new(TYPED, start));
    quote!(#private::Of<#owner, #alias>)
}

/// A number that there is where the constant has a value.
fn value(name: &Ident) -> TokenStream {
    let body = constant_name();
    // What rustc says of a name that is no type is then the same everywhere.
    quote!({ let _ = <#name>::#body; 0 })
}
