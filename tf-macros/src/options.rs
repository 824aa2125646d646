//! The options of variables and scopes, as both worlds pass them to the library: a chain of calls in the order written.

use crate::arguments::{Argument, Value, VariableArguments};
use crate::crate_path::located;
use crate::name::{Name, Piece};
use crate::spans::{last, parentheses};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprLit, Lit, LitStr};

/// How a world writes what users wrote.
pub(crate) trait Writer {
    /// A path into the library's private module, for a place of the user's.
    fn library(&self, place: Span, path: &[&str]) -> TokenStream;
    /// An expression: as it is, or rewritten.
    fn expression(&mut self, expression: &Expr) -> TokenStream;
    /// A device string, of which rustc examines a literal in any case, and others where it can.
    fn device(&mut self, key: &Ident, device: &Expr) -> TokenStream;
    /// A name as the library takes it.
    fn name(&mut self, name: &Name) -> TokenStream;
    /// Options of this type of which nothing is said yet.
    fn nothing_said(&self, place: Span, options: &str) -> TokenStream {
        let new = self.library(place, &[options, "new"]);
        quote_spanned!(place=> #new())
    }
}

/// `::<T, _, _>`, where `dtype = T` is given; a path ends with it, so its last token points to what the user wrote.
pub(crate) fn dtype_arguments(variable: &VariableArguments) -> Option<TokenStream> {
    variable.dtype.as_ref().map(|(_, dtype)| quote_spanned!(last(dtype)=> ::<#dtype, _, _>))
}

/// The shape, or what stands for none.
pub(crate) fn shape(variable: &VariableArguments, place: Span, writer: &mut impl Writer) -> TokenStream {
    match &variable.shape {
        Some(shape) => writer.expression(shape),
        None => writer.library(place, &["NoShape"]),
    }
}

pub(crate) fn variable(variable: &VariableArguments, place: Span, writer: &mut impl Writer) -> TokenStream {
    let start = variable.options.first().map_or(place, |(key, _)| key.span());
    let mut chain = writer.nothing_said(start, "VariableOptions");
    for (key, value) in &variable.options {
        chain.extend(link(key, last(value), argument(key, value, writer)));
    }
    if let Some((key, _)) = &variable.dtype {
        let given = Ident::new("dtype_given", key.span());
        chain.extend(link(&given, key.span(), quote!()));
    }
    chain
}

pub(crate) fn scope(options: &[Argument], place: Span, writer: &mut impl Writer) -> TokenStream {
    let start = options.first().map_or(place, |option| option.key.span());
    let mut chain = writer.nothing_said(start, "ScopeOptions");
    for Argument { key, value } in options {
        let (end, value) = match value {
            Value::Expression(expression) => (last(expression), argument(key, expression, writer)),
            Value::Type(dtype) => {
                let of = writer.library(key.span(), &["dtype_of"]);
                (last(dtype), quote!(#of::<#dtype>()))
            }
            Value::Name(name) => (key.span(), writer.name(name)),
            Value::Inherit(word) => (word.span(), writer.library(word.span(), &["Reuse", "Inherit"])),
        };
        chain.extend(link(key, end, value));
    }
    chain
}

/// The only key whose value is a device.
const DEVICE_KEY: &str = "caching_device";

fn argument(key: &Ident, value: &Expr, writer: &mut impl Writer) -> TokenStream {
    if key == DEVICE_KEY { writer.device(key, value) } else { writer.expression(value) }
}

/// The text of a literal.
pub(crate) fn literal(expression: &Expr) -> Option<&LitStr> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Str(literal), .. }) => Some(literal),
        _ => None,
    }
}

/// A constant in which rustc refuses a literal that is no device, also where it does not follow the body.
pub(crate) fn examined_device(private: &TokenStream, literal: &LitStr) -> TokenStream {
    let private = located(private, literal.span());
    quote_spanned!(literal.span()=> const _: #private::DeviceParts<'_> = #private::DeviceParts::literal(#literal);)
}

/// `.key(value)`
fn link(key: &Ident, end: Span, value: TokenStream) -> TokenStream {
    let value = parentheses(end, value);
    quote_spanned!(key.span()=> .#key #value)
}

/// Where the graph is built, everything is written as the user wrote it.
pub(crate) struct AsWritten<'p> {
    pub(crate) private: &'p TokenStream,
}

impl Writer for AsWritten<'_> {
    /// At the call of the macro, where `#[track_caller]` then points.
    fn library(&self, _: Span, path: &[&str]) -> TokenStream {
        let private = self.private;
        let names = path.iter().map(|name| Ident::new(name, Span::call_site()));
        quote!(#private #(::#names)*)
    }

    fn expression(&mut self, expression: &Expr) -> TokenStream {
        expression.to_token_stream()
    }

    fn device(&mut self, _: &Ident, device: &Expr) -> TokenStream {
        match literal(device) {
            Some(literal) => {
                let examined = examined_device(self.private, literal);
                quote!({ #examined #device })
            }
            None => device.to_token_stream(),
        }
    }

    fn name(&mut self, name: &Name) -> TokenStream {
        let (of, text) = (self.library(Span::call_site(), &["Name", "of"]), text(name));
        quote!(#of(#text))
    }
}

/// A name as an expression of the user's.
pub(crate) fn text(name: &Name) -> TokenStream {
    match name {
        Name::Absent => quote!(""),
        Name::Literal(text) => text.to_token_stream(),
        Name::Formatted(literal, pieces) => {
            // Given by name, a variable that does not exist is the same error as in const evaluation, which rustc prints once.
            let mut variables: Vec<&Ident> = pieces.iter().filter_map(Piece::variable).collect();
            variables.sort();
            variables.dedup();
            quote!(::std::format!(#literal, #(#variables = #variables),*).as_str())
        }
        Name::Given(expression) => expression.to_token_stream(),
    }
}
