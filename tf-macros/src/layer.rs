//! What `#[variable_scope]` and `#[helper]` emit: the function, and a struct of its name that holds its shadow.

use crate::attribute::Attribute;
use crate::crate_path::{CratePath, library_call};
use crate::mistake::{Code, is, mistake};
use crate::run_time::{ScopeMacros, scoped_body};
use crate::shadow;
use crate::spans::{cx, first, group, local};
use crate::typed;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::{Error, FnArg, GenericParam, Item, ItemFn, Lifetime, Pat, PatIdent, Result, Safety, Signature, Visibility};

/// Which attribute it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Layer,
    Helper,
}

/// Whether a function has one of the attributes.
pub(crate) fn is_attributed(attributes: &[syn::Attribute]) -> bool {
    attributes
        .iter()
        .any(|a| a.path().segments.last().is_some_and(|s| s.ident == "variable_scope" || s.ident == "helper"))
}

/// Lints that would say of the shadow what they say of the function, or that are about code that nobody wrote.
pub(crate) fn allow() -> TokenStream {
    // Groups are named beside `warnings`, which is silent only about what nobody denied by name.
    quote!(#[allow(
        warnings,
        unused,
        nonstandard_style,
        rust_2018_idioms,
        missing_docs,
        unreachable_pub,
        unnameable_types,
        single_use_lifetimes,
        missing_debug_implementations,
        missing_copy_implementations,
        trivial_casts,
        trivial_numeric_casts,
        unused_qualifications,
        unused_results,
        clippy::all,
        clippy::pedantic,
        clippy::nursery,
        clippy::restriction
    )])
}

/// Expands an attribute.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream, kind: Kind) -> TokenStream {
    let (attribute, mut mistakes) = match Attribute::parse(arguments, kind) {
        Ok(attribute) => (attribute, vec![]),
        Err(e) => (Attribute::plain(), vec![e]),
    };
    let Ok(function) = syn::parse2::<ItemFn>(item.clone()) else {
        return unparsed(&attribute.library, item, kind);
    };
    if let Some(FnArg::Receiver(receiver)) = function.sig.inputs.first() {
        let (run_time, error) = (untouched(&function, &attribute), on_method(receiver).to_compile_error());
        return quote!(#run_time #error);
    }
    if !attribute.dynamic && mistakes.is_empty() {
        mistakes.extend(shadow::signature_mistakes(&function.sig));
    }
    let typed = is_typed(&function, &attribute, kind);
    let body = if attribute.dynamic && mistakes.is_empty() {
        Ok(dynamic_body(&function.sig))
    } else if mistakes.is_empty() {
        shadow::rewrite(&function.block, &function.sig.generics, Some(&attribute), typed)
    } else {
        Err(mistakes)
    };
    let mut run_time = run_time(&function, &attribute, kind);
    let mut spoiled = false;
    let body = body.unwrap_or_else(|mistakes| {
        let errors = in_place_of_a_body(&mistakes);
        if spoils_function(&mistakes) {
            let ItemFn { attrs, vis, sig, .. } = &function;
            run_time = quote!(#(#attrs)* #[allow(unused)] #vis #sig #errors);
            spoiled = true;
        }
        errors
    });
    let mut signature = if attribute.dynamic { with_names(&function.sig) } else { function.sig.clone() };
    let mut alias = None;
    if typed && !spoiled {
        signature.output = typed::output(&attribute.library, &signature.ident, &signature.output);
        alias = Some(typed::alias(&attribute.library, &signature.ident));
    }
    let cfg: Vec<_> = function.attrs.iter().filter(|a| a.path().is_ident("cfg")).collect();
    // rustc's backtrace then ends at the call of a dynamic layer: there is nothing to see inside. A layer of a library asks for the
    // same: what it creates is then created at its call, in both worlds.
    let tracked = (attribute.dynamic || is_tracked(&function)).then(|| quote!(#[track_caller]));
    let shadow = shadow_items(
        &attribute.library,
        &cfg,
        &function.vis,
        &signature,
        kind,
        &quote!(#tracked),
        &quote!(#alias #body),
    );
    quote!(#run_time #shadow)
}

/// Whether the function has to have the errors in place of its body, too: rustc has a word on the `?` there, as on other habits from
/// elsewhere, and of two errors that are alike it prints one.
pub(crate) fn spoils_function(mistakes: &[Error]) -> bool {
    let of_rustc_too = [Code::QuestionMark, Code::MacroCall, Code::NegativeSize, Code::InitializerArguments];
    mistakes.iter().any(|e| of_rustc_too.into_iter().any(|code| is(e, code)))
}

/// The errors stand where the body stood, under its signature: rustc is then silent about everything that depends on it.
pub(crate) fn in_place_of_a_body(mistakes: &[Error]) -> TokenStream {
    let errors = mistakes.iter().map(Error::to_compile_error);
    quote!({ #(#errors)* loop {} })
}

fn on_method(receiver: &syn::Receiver) -> Error {
    mistake(
        receiver,
        Code::MethodLayer,
        "a layer is a free function: `#[variable_scope]` cannot stand on a method",
        "write `fn layer(config: Config, ..)` outside of the `impl`",
    )
}

/// The function where the graph is built. One with `#[helper]` is as it was; a layer notes who called it, and its body is that of a function
/// inside, so that what it calls is called from there and not from the layer's caller.
fn run_time(function: &ItemFn, attribute: &Attribute, kind: Kind) -> TokenStream {
    if kind == Kind::Helper || is_special(&function.sig) {
        return untouched(function, attribute);
    }
    let ItemFn { attrs, vis, sig, .. } = function;
    let (body, dynamic) = (body(function, attribute), attribute.dynamic);
    let (private, call) = (attribute.library.private(), local("__call"));
    let enter = quote!(let #call = (#private::run::enter_layer)(#dynamic););
    if is_tracked(function) {
        let body = braced(function, quote!(#enter #body));
        return quote!(#(#attrs)* #vis #sig #body);
    }
    let outer = with_plain_names(sig);
    let arguments = argument_names(&outer);
    let body = braced(function, body);
    let (inner, name) = if is_typed(function, attribute, kind) {
        let (constant, layer, body) = (typed::constant(sig, body), &sig.ident, typed::constant_name());
        let itself = quote_spanned!(layer.span()=> #layer<'static>);
        (quote!(#[allow(non_local_definitions)] impl #itself { #constant }), quote!((<#itself>::#body)))
    } else {
        let inner = Signature { ident: Ident::new("__body", sig.ident.span()), ..sig.clone() };
        let (name, generics) = (&inner.ident, generic_arguments(sig));
        (quote!(#[allow(dead_code, clippy::too_many_arguments)] #inner #body), quote!(#name #generics))
    };
    let outer_body = braced(function, quote!(#inner #enter #name (#(#arguments),*)));
    quote!(#(#attrs)* #[track_caller] #vis #outer #outer_body)
}

/// Whether what rustc says of the function's types is all that it says: see [`typed`].
fn is_typed(function: &ItemFn, attribute: &Attribute, kind: Kind) -> bool {
    kind == Kind::Layer
        && !attribute.dynamic
        && !is_special(&function.sig)
        && !is_tracked(function)
        && typed::is_constant(&function.sig)
}

/// Whether a function is more than a plain one.
fn is_special(signature: &Signature) -> bool {
    let Signature { constness, asyncness, safety, abi, variadic, .. } = signature;
    constness.is_some()
        || asyncness.is_some()
        || !matches!(safety, Safety::Default)
        || abi.is_some()
        || variadic.is_some()
}

/// In the braces of the function, by which rustc knows where it ends.
fn braced(function: &ItemFn, body: TokenStream) -> Group {
    group(Delimiter::Brace, function.block.brace_token.span.join(), body)
}

fn is_tracked(function: &ItemFn) -> bool {
    function.attrs.iter().any(|a| a.path().is_ident("track_caller"))
}

/// The function with its own tokens, but for the path of `variable_scope!` in it.
fn untouched(function: &ItemFn, attribute: &Attribute) -> TokenStream {
    let ItemFn { attrs, vis, sig, .. } = function;
    let body = braced(function, body(function, attribute));
    quote!(#(#attrs)* #vis #sig #body)
}

/// The statements of a function, in the scope of its attribute.
fn body(function: &ItemFn, attribute: &Attribute) -> TokenStream {
    let library = &attribute.library;
    let mut block = function.block.clone();
    ScopeMacros { library, private: &|span| library.private_macros(span) }.rewrite(&mut block);
    match &attribute.scope {
        Some(scope) => scoped_body(library, scope, &block),
        None => {
            let statements = &block.stmts;
            quote!(#(#statements)*)
        }
    }
}

/// The types and numbers that a call hands on, since not all can be inferred from its arguments.
fn generic_arguments(signature: &Signature) -> Option<TokenStream> {
    let names: Vec<_> = signature
        .generics
        .params
        .iter()
        .filter_map(|parameter| match parameter {
            GenericParam::Type(t) => Some(&t.ident),
            GenericParam::Const(c) => Some(&c.ident),
            GenericParam::Lifetime(_) => None,
        })
        .collect();
    (!names.is_empty()).then(|| quote!(::<#(#names),*>))
}

/// The signature with a name in place of each pattern that is more than one.
fn with_plain_names(signature: &Signature) -> Signature {
    let mut signature = signature.clone();
    for (i, input) in signature.inputs.iter_mut().enumerate() {
        let FnArg::Typed(input) = input else { continue };
        match &mut *input.pat {
            Pat::Ident(PatIdent { by_ref: None, mutability, subpat: None, .. }) => *mutability = None,
            pattern => {
                let name = Ident::new(&format!("__argument{i}"), first(pattern));
                *pattern = Pat::Verbatim(quote!(#name));
            }
        }
    }
    signature
}

/// The names of the arguments of such a signature.
fn argument_names<'s>(signature: &'s Signature) -> Vec<&'s Pat> {
    let typed = |input: &'s FnArg| match input {
        FnArg::Typed(input) => Some(&*input.pat),
        FnArg::Receiver(_) => None,
    };
    signature.inputs.iter().filter_map(typed).collect()
}

/// The struct of the layer's name, in the namespace of types: one `use` imports both.
fn shadow_items(
    library: &CratePath,
    cfg: &[&syn::Attribute],
    vis: &Visibility,
    signature: &Signature,
    kind: Kind,
    tracked: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let private = library.private();
    let import = library.import();
    let name = &signature.ident;
    let (generics, inputs, output, bounds) =
        (&signature.generics, &signature.inputs, &signature.output, &signature.generics.where_clause);
    let lifetime = Lifetime::new("'__cx", Span::mixed_site());
    let (allow, cx) = (allow(), cx());
    // What rustc says of a call's arguments points to the function.
    let call = Ident::new("call", name.span());
    // And what it says of another item of this name points to the name.
    let structure = quote_spanned!(name.span()=> struct #name<#lifetime> { cx: #private::Cx<#lifetime> });
    let itself = quote_spanned!(name.span()=> #name<#lifetime>);
    let at = match kind {
        // A variable knows the calls of layers that lead to it.
        Kind::Layer => {
            quote!(#[track_caller] #vis const fn at(cx: #private::Cx<#lifetime>) -> Self { Self { cx: cx.called() } })
        }
        Kind::Helper => quote!(#vis const fn at(cx: #private::Cx<#lifetime>) -> Self { Self { cx } }),
    };
    quote! {
        #(#cfg)*
        #[doc(hidden)]
        #allow
        #vis #structure
        #(#cfg)*
        #allow
        impl<#lifetime> #itself {
            #[doc(hidden)]
            #at
            #[doc(hidden)]
            #tracked
            #vis const fn #call #generics (self, #inputs) #output #bounds {
                #import
                let #cx = self.cx;
                #body
            }
        }
    }
}

/// A dynamic layer takes whatever its caller has, drops nothing, and says who checks it.
fn dynamic_body(signature: &Signature) -> TokenStream {
    let arguments = (0..signature.inputs.len()).map(argument_name);
    let (text, cx) = (signature.ident.to_string(), cx());
    let place = signature.ident.span();
    let diverge = library_call(&["dynamic"], place, place, quote!(#text, #cx));
    quote!({ #(::core::mem::forget(#arguments);)* #diverge })
}

/// The signature with a plain name for each argument.
fn with_names(signature: &Signature) -> Signature {
    let mut signature = signature.clone();
    for (i, input) in signature.inputs.iter_mut().enumerate() {
        if let FnArg::Typed(input) = input {
            let name = argument_name(i);
            *input.pat = Pat::Verbatim(quote!(#name));
        }
    }
    signature
}

fn argument_name(i: usize) -> Ident {
    local(&format!("__argument{i}"))
}

/// A function whose body syn cannot read.
struct Unparsed {
    vis: Visibility,
    signature: Signature,
    body: TokenTree,
}

impl Parse for Unparsed {
    fn parse(input: ParseStream) -> Result<Self> {
        input.call(syn::Attribute::parse_outer)?;
        Ok(Unparsed { vis: input.parse()?, signature: input.parse()?, body: input.parse()? })
    }
}

/// rustc says what is wrong with the item; with the shadow's signature and the same tokens for its body it says nothing more.
fn unparsed(library: &CratePath, item: TokenStream, kind: Kind) -> TokenStream {
    if let Ok(Unparsed { vis, signature, body }) = syn::parse2(item.clone()) {
        let shadow = shadow_items(library, &[], &vis, &signature, kind, &quote!(), &body.into());
        return quote!(#item #shadow);
    }
    match syn::parse2::<Item>(item.clone()) {
        Ok(other) => {
            let error = mistake(
                &other,
                Code::NotAFunction,
                "a layer is a function",
                "write `fn layer(..) -> Tensor<f32> { .. }`",
            );
            let error = error.to_compile_error();
            quote!(#item #error)
        }
        Err(_) => item,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(arguments: TokenStream, item: TokenStream) -> String {
        expand(arguments, item, Kind::Layer).to_string()
    }

    #[test]
    fn a_layer_is_the_function_and_a_struct_of_its_name() {
        let item = quote!(
            /** Doc. */
            #[must_use]
            #[cfg(test)]
            pub fn conv<const C: usize, T: Float>(x: Tensor<T>) -> Tensor<T>
            where
                T: Copy,
            {
                f(x)
            }
        );
        let out = layer(quote!(), item.clone());
        assert!(out.starts_with("# [doc = r\" Doc. \"] # [must_use] # [cfg (test)] # [track_caller] pub fn conv < const C : usize , T : Float > (x : Tensor < T >)"), "{out}");
        assert!(out.contains("fn __body < const C : usize , T : Float > (x : Tensor < T >) -> Tensor < T > where T : Copy , { f (x) }"), "{out}");
        assert!(out.contains("__body :: < C , T > (x) }"), "{out}");
        assert!(out.contains("pub struct conv < '__cx > { cx : :: tf :: __private :: Cx < '__cx > }"), "{out}");
        assert!(
            out.contains("pub const fn call < const C : usize , T : Float > (self , x : Tensor < T >) -> Tensor < T > where T : Copy , {"),
            "{out}"
        );
        assert_eq!((out.matches("cfg (test)").count(), out.matches("must_use").count()), (3, 1), "{out}");
    }

    #[test]
    fn a_layer_that_is_tracked_is_tracked_in_both() {
        let out = layer(
            quote!(),
            quote!(
                #[track_caller]
                fn f() {}
            ),
        );
        // The third is that of `at`, which notes where any layer is called.
        assert_eq!(out.matches("# [track_caller]").count(), 3, "{out}");
    }

    #[test]
    fn the_scope_of_the_attribute_is_opened_in_both() {
        let out = layer(
            quote!("dense{i}", crate = my::tf),
            quote!(
                fn f(i: usize) {
                    return g(i);
                }
            ),
        );
        assert!(
            out.contains(
                "(my :: tf :: __private :: run :: enter) (:: std :: format ! (\"dense{i}\" , i = i) . as_str ()"
            ),
            "{out}"
        );
        assert!(
            out.contains("use my :: tf :: __private as __tf ;") && out.contains("__tf :: leave (__outside"),
            "{out}"
        );
    }

    #[test]
    fn a_dynamic_layer_forgets_its_arguments() {
        let out = layer(
            quote!(dynamic),
            quote!(
                fn f((a, b): (usize, usize), v: Vec<usize>) {
                    v.into_iter().map(|w| w)
                }
            ),
        );
        assert!(out.contains("(self , __argument0 : (usize , usize) , __argument1 : Vec < usize >)"), "{out}");
        assert!(out.contains("forget (__argument1) ; __tf :: dynamic (\"f\" , __cx)"), "{out}");
    }

    #[test]
    fn mistakes_stand_in_the_shadow_under_its_signature() {
        for (arguments, item) in [
            (
                quote!(dynamc),
                quote!(
                    fn f(v: Vec<usize>) {}
                ),
            ),
            (
                quote!(),
                quote!(
                    fn f(n: usize) {
                        let g = |n| n;
                    }
                ),
            ),
            (
                quote!(),
                quote!(
                    fn f(n: Vec<usize>) {
                        n.iter().map(|n| n)
                    }
                ),
            ),
        ] {
            let out = layer(arguments, item);
            assert!(out.matches("compile_error").count() == 1 && out.contains("const fn call"), "{out}");
        }
    }

    #[test]
    fn a_method_gets_the_error_and_no_struct() {
        let out = layer(
            quote!(),
            quote!(
                pub fn f(&self, n: usize) {
                    self.g(n)
                }
            ),
        );
        assert!(out.contains("E-METHOD-LAYER") && !out.contains("struct"), "{out}");
    }

    #[test]
    fn what_syn_cannot_read_is_left_to_rustc() {
        let out = layer(quote!(), quote!(fn f(n: usize) { let y = ; n }));
        assert!(!out.contains("compile_error") && out.contains("const fn call"), "{out}");
        assert!(
            layer(
                quote!(),
                quote!(
                    struct S;
                )
            )
            .contains("E-NOT-A-FUNCTION")
        );
    }
}
