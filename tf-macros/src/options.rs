//! The options of variables and scopes, as both worlds pass them to the library: a chain of calls in the order written.

use crate::arguments::{Argument, Value, VariableArguments};
use crate::name::Name;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;

/// How a world writes what users wrote: as it is, or rewritten.
pub(crate) trait Writer {
    fn expression(&mut self, expression: &Expr) -> TokenStream;
    /// A name as the library takes it.
    fn name(&mut self, private: &TokenStream, name: &Name) -> TokenStream;
}

/// `::<T, _, _>`, where `dtype = T` is given.
pub(crate) fn dtype_arguments(variable: &VariableArguments) -> Option<TokenStream> {
    variable.dtype.as_ref().map(|(_, dtype)| quote!(::<#dtype, _, _>))
}

/// The shape, or what stands for none.
pub(crate) fn shape(private: &TokenStream, variable: &VariableArguments, writer: &mut impl Writer) -> TokenStream {
    match &variable.shape {
        Some(shape) => writer.expression(shape),
        None => quote!(#private::NoShape),
    }
}

pub(crate) fn variable(private: &TokenStream, variable: &VariableArguments, writer: &mut impl Writer) -> TokenStream {
    let options = variable.options.iter().map(|(key, value)| {
        let value = writer.expression(value);
        quote_spanned!(key.span()=> .#key(#value))
    });
    let mut chain = quote!(#private::VariableOptions::new());
    chain.extend(options);
    if variable.dtype.is_some() {
        chain.extend(quote!(.dtype_given()));
    }
    chain
}

pub(crate) fn scope(private: &TokenStream, options: &[Argument], writer: &mut impl Writer) -> TokenStream {
    let options = options.iter().map(|Argument { key, value }| {
        let value = match value {
            Value::Expression(expression) => writer.expression(expression),
            Value::Type(dtype) => quote!(#private::dtype_of::<#dtype>()),
            Value::Name(name) => writer.name(private, name),
            Value::Inherit(word) => quote_spanned!(word.span()=> #private::Reuse::Inherit),
        };
        quote_spanned!(key.span()=> .#key(#value))
    });
    let mut chain = quote!(#private::ScopeOptions::new());
    chain.extend(options);
    chain
}

/// Where the graph is built, everything is written as the user wrote it.
pub(crate) struct AsWritten;

impl Writer for AsWritten {
    fn expression(&mut self, expression: &Expr) -> TokenStream {
        expression.to_token_stream()
    }

    fn name(&mut self, private: &TokenStream, name: &Name) -> TokenStream {
        let text = AsWritten.text(name);
        quote!(#private::Name::of(#text))
    }
}

impl AsWritten {
    /// A name as an expression of the user's.
    pub(crate) fn text(&self, name: &Name) -> TokenStream {
        match name {
            Name::Absent => quote!(""),
            Name::Literal(text) => text.to_token_stream(),
            Name::Formatted(literal, _) => quote!(::std::format!(#literal).as_str()),
            Name::Given(expression) => expression.to_token_stream(),
        }
    }
}
