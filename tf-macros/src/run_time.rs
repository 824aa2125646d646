//! Layers and their macros where the graph is built.

use crate::arguments::{BlockCall, ScopeArguments, ScopeCall, VariableArguments, nameless};
use crate::crate_path::CratePath;
use crate::layer::is_attributed;
use crate::name::Name;
use crate::options::{self, AsWritten, text};
use crate::spans::{local, regroup};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Item, Macro};

/// `variable_scope!(..)` becomes the library's private macro, wherever it stands in the body.
///
/// The attribute has taken the public name: an attribute and a function-like macro of one name cannot share a prelude.
pub(crate) struct ScopeMacros<'a> {
    /// What is passed to the macro as the library's path.
    pub(crate) library: &'a CratePath,
    /// The private module, as the body can name it.
    pub(crate) private: &'a dyn Fn(Span) -> TokenStream,
}

const SCOPE: &str = "variable_scope";
/// Its name in the library's private module.
const PRIVATE_SCOPE: &str = "__variable_scope";

impl ScopeMacros<'_> {
    pub(crate) fn rewrite(&mut self, body: &mut Block) {
        self.visit_block_mut(body);
    }

    fn path(&self, name: &Ident) -> TokenStream {
        let private = (self.private)(name.span());
        let macro_name = Ident::new(PRIVATE_SCOPE, name.span());
        quote!(#private::#macro_name)
    }

    fn arguments(&self, tokens: TokenStream) -> TokenStream {
        let library = self.library;
        let tokens = self.in_tokens(tokens);
        quote!(#library; #tokens)
    }

    /// The same in the tokens of another macro, which nobody has parsed yet.
    fn in_tokens(&self, tokens: TokenStream) -> TokenStream {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut out = TokenStream::new();
        let mut rest = tokens.as_slice();
        while let Some((token, after)) = rest.split_first() {
            rest = after;
            match (token, after) {
                (TokenTree::Ident(name), [TokenTree::Punct(bang), TokenTree::Group(arguments), after @ ..])
                    if name == SCOPE && bang.as_char() == '!' =>
                {
                    out.extend(self.path(name));
                    out.extend([TokenTree::Punct(bang.clone())]);
                    out.extend([TokenTree::Group(regroup(arguments, self.arguments(arguments.stream())))]);
                    rest = after;
                }
                (TokenTree::Group(group), _) => {
                    out.extend([TokenTree::Group(regroup(group, self.in_tokens(group.stream())))])
                }
                (other, _) => out.extend([other.clone()]),
            }
        }
        out
    }
}

impl VisitMut for ScopeMacros<'_> {
    fn visit_macro_mut(&mut self, call: &mut Macro) {
        let tokens = std::mem::take(&mut call.tokens);
        match call.path.segments.last() {
            Some(last)
                if tokens.is_empty()
                    && (last.ident == SCOPE || last.ident == "get_variable" || last.ident == "new_variable") =>
            {
                let error = nameless(&call.path).to_compile_error();
                *call = syn::parse_quote!(#error);
            }
            Some(last) if last.ident == SCOPE => {
                call.tokens = self.arguments(tokens);
                let path = self.path(&last.ident);
                call.path = syn::parse_quote!(#path);
            }
            _ => call.tokens = self.in_tokens(tokens),
        }
    }

    fn visit_item_mut(&mut self, item: &mut Item) {
        // A layer inside a layer has its own attribute, which sees to its body.
        if !matches!(item, Item::Fn(f) if is_attributed(&f.attrs)) {
            visit_mut::visit_item_mut(self, item);
        }
    }
}

/// The statements of a layer whose attribute opens a scope: `#[variable_scope("name")]`.
pub(crate) fn scoped_body(library: &CratePath, scope: &ScopeArguments, body: &Block) -> TokenStream {
    let private = library.private();
    enter(&private, scope, body)
}

/// `get_variable!`. Its tokens have the place of the macro's call, where `#[track_caller]` then points.
pub(crate) fn get_variable(input: TokenStream) -> TokenStream {
    variable(input, "get_variable")
}

/// `new_variable!`, in the same way.
pub(crate) fn new_variable(input: TokenStream) -> TokenStream {
    variable(input, "new_variable")
}

fn variable(input: TokenStream, function: &str) -> TokenStream {
    let function = Ident::new(function, Span::call_site());
    let (library, tokens) = CratePath::split(input);
    let private = library.private();
    let it = match VariableArguments::parse(tokens) {
        Ok(it) => it,
        Err(e) => return error_expression(&e),
    };
    let name = text(&it.name);
    let dtype = options::dtype_arguments(&it);
    let mut as_written = AsWritten { private: &private };
    let shape = options::shape(&it, Span::call_site(), &mut as_written);
    let options = options::variable(&it, Span::call_site(), &mut as_written);
    quote!(#private::run::#function #dtype (#name, #shape, #options))
}

/// `variable_scope!`: the guard leaves the scope, however the block is left.
pub(crate) fn variable_scope(input: TokenStream) -> TokenStream {
    let (library, tokens) = CratePath::split(input);
    match ScopeCall::parse(tokens) {
        Ok(call) => {
            let statements = enter(&library.private(), &call.arguments, &call.body);
            quote!({ #statements })
        }
        Err(e) => error_expression(&e),
    }
}

/// Opens a scope for the statements of a body, which stand beside the guard: braces of their own would be one pair too many.
fn enter(private: &TokenStream, scope: &ScopeArguments, body: &Block) -> TokenStream {
    let guard = local("__scope");
    let name = match &scope.name {
        Name::Absent => quote!(#private::run::NO_NAME),
        given => text(given),
    };
    let options = options::scope(&scope.options, Span::call_site(), &mut AsWritten { private });
    // Who forgets `scope.reuse_variables()` is told so by the sharing rule; that the object is not used would point away from it.
    let object = scope.object.as_ref().map(|object| quote!(#[allow(unused_variables)] let #object = #guard.scope();));
    let statements = &body.stmts;
    // In parentheses, the call begins with a token of this macro: so `#[track_caller]` points to it, not to what the path came from.
    quote!(let #guard = (#private::run::enter)(#name, #options); #object #(#statements)*)
}

/// `name_scope!`
pub(crate) fn name_scope(input: TokenStream) -> TokenStream {
    let (library, tokens) = CratePath::split(input);
    match BlockCall::name_scope(tokens) {
        Ok(call) => {
            let name = text(&call.first);
            guarded(&library, quote!(enter_name_scope(#name)), &call.body)
        }
        Err(e) => error_expression(&e),
    }
}

/// `control_dependencies!`
pub(crate) fn control_dependencies(input: TokenStream) -> TokenStream {
    let (library, tokens) = CratePath::split(input);
    match BlockCall::control_dependencies(tokens) {
        Ok(call) => {
            let operations = &call.first;
            guarded(&library, quote!(enter_control_dependencies(#operations)), &call.body)
        }
        Err(e) => error_expression(&e),
    }
}

/// `device!`. A literal is read in a constant, so that rustc refuses a wrong one also where it does not follow the body.
pub(crate) fn device(input: TokenStream) -> TokenStream {
    let (library, tokens) = CratePath::split(input);
    match BlockCall::device(tokens) {
        Ok(call) => {
            let device = &call.first;
            let examined = call.literal().map(|literal| options::examined_device(&library.private(), literal));
            let block = guarded(&library, quote!(enter_device(#device)), &call.body);
            match examined {
                Some(examined) => quote!({ #examined #block }),
                None => block,
            }
        }
        Err(e) => error_expression(&e),
    }
}

/// `container!`
pub(crate) fn container(input: TokenStream) -> TokenStream {
    let (library, tokens) = CratePath::split(input);
    match BlockCall::container(tokens) {
        Ok(call) => {
            let name = &call.first;
            guarded(&library, quote!(enter_container(#name)), &call.body)
        }
        Err(e) => error_expression(&e),
    }
}

/// `colocate_with!`
pub(crate) fn colocate_with(input: TokenStream) -> TokenStream {
    let (library, tokens) = CratePath::split(input);
    match BlockCall::colocate_with(tokens) {
        Ok(call) => {
            let op = &call.first;
            guarded(&library, quote!(enter_colocation(#op)), &call.body)
        }
        Err(e) => error_expression(&e),
    }
}

fn guarded(library: &CratePath, enter: TokenStream, body: &Block) -> TokenStream {
    let guard = local("__guard");
    let private = library.private();
    let statements = &body.stmts;
    quote!({ let #guard = #private::run::#enter; #(#statements)* })
}

fn error_expression(error: &syn::Error) -> TokenStream {
    let error = error.to_compile_error();
    quote!({ #error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens;

    fn rewritten(mut body: Block) -> String {
        let library = CratePath::assumed();
        ScopeMacros { library: &library, private: &|span| library.private_macros(span) }.rewrite(&mut body);
        body.to_token_stream().to_string()
    }

    #[test]
    fn the_scope_macro_changes_its_path_at_any_depth() {
        let body = rewritten(syn::parse_quote!({
            let y = variable_scope!("a", { println!("{}", variable_scope!("b", { f(x) })) });
            (|| variable_scope! { "c", { y } })()
        }));
        assert_eq!(body.matches(":: tf :: __private :: __variable_scope !").count(), 3, "{body}");
        assert_eq!(body.matches(":: tf ;").count(), 3, "{body}");
    }

    #[test]
    fn a_layer_in_a_layer_is_left_to_its_own_attribute() {
        let body = rewritten(syn::parse_quote!({
            #[variable_scope]
            fn inner() {
                variable_scope!("a", {})
            }
            fn plain() {
                variable_scope!("b", {})
            }
        }));
        assert_eq!(body.matches("__private").count(), 1, "{body}");
    }

    #[test]
    fn get_variable_calls_the_library_that_called_it() {
        let out = get_variable(quote!(::my::tf; "conv{i}", shape, trainable = false, dtype = f64)).to_string();
        assert_eq!(
            out,
            quote!(::my::tf::__private::run::get_variable::<f64, _, _>(
                ::std::format!("conv{i}", i = i).as_str(),
                shape,
                ::my::tf::__private::VariableOptions::new().trainable(false).dtype_given()
            ))
            .to_string()
        );
    }

    #[test]
    fn a_scope_binds_its_object_after_entering() {
        let out = variable_scope(quote!(::tf; "m" as s, reuse = inherit, dtype = f32, { s.name() })).to_string();
        let enter = out.find("run :: enter) (\"m\"").unwrap();
        let object = out.find("let s = ").unwrap();
        assert!(enter < object && object < out.find("s . name").unwrap(), "{out}");
        assert!(out.contains("Reuse :: Inherit") && out.contains("dtype_of :: < f32 >"), "{out}");
    }

    #[test]
    fn a_literal_device_is_read_in_a_constant() {
        let out = device(quote!(::tf; "/gpu:1", { x })).to_string();
        assert!(out.contains("const _ : :: tf :: __private :: DeviceParts < '_ >"), "{out}");
        assert!(out.contains("run :: enter_device (\"/gpu:1\") ; x"), "{out}");
        assert!(!device(quote!(::tf; on, { x })).to_string().contains("const"));
    }

    #[test]
    fn a_malformed_call_is_one_error() {
        assert_eq!(get_variable(quote!(::tf; "w", [1], bad = 3)).to_string().matches("compile_error").count(), 1);
    }
}
