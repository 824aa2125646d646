//! What a model declares of its inputs and outputs, as types and as data.

use super::grammar::{Dim, Dims, Model, Signature};
use crate::crate_path::CratePath;
use crate::spans::first;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

impl Signature {
    /// `Tensor<f32>`, at the place of `f32[?, 28]`.
    pub(super) fn tensor(&self, library: &CratePath) -> TokenStream {
        let element = &self.element;
        let path = library.private_at(first(element));
        let close = library.place(self.end);
        let arguments = quote_spanned!(close=> <#element>);
        quote!(#path::Tensor #arguments)
    }

    /// ndarray's dimension type: of a fixed rank as far as ndarray has them.
    pub(super) fn dimension(&self, private: &TokenStream) -> TokenStream {
        let name = match &self.dims {
            Dims::Known(dims) if dims.len() <= 6 => format_ident!("Ix{}", dims.len()),
            _ => format_ident!("IxDyn"),
        };
        quote!(#private::ndarray::#name)
    }

    fn spec(&self, private: &TokenStream, symbols: &Symbols) -> TokenStream {
        let element = &self.element;
        let shape = match &self.dims {
            Dims::Unknown => quote!(#private::Shape::UNKNOWN),
            Dims::Known(dims) => {
                let dims = dims.iter().map(|dim| match dim {
                    Dim::Any => quote!(#private::ANY_DIM),
                    Dim::Named(name) => {
                        let index = symbols.index(name);
                        quote_spanned!(name.span()=> #private::symbol(#index))
                    }
                    Dim::Constant(size) => quote!(#private::dim(#size)),
                });
                quote!(#private::Shape::of_dims(&[#(#dims),*]))
            }
        };
        quote!(#private::Spec::new(<#element as #private::Element>::DTYPE, #shape))
    }
}

/// The named dimensions of a model, in the order in which they appear.
struct Symbols(Vec<String>);

impl Symbols {
    fn of(model: &Model) -> Self {
        let mut names: Vec<String> = vec![];
        let signatures = model.inputs.iter().map(|input| &input.signature).chain(&model.outputs);
        for signature in signatures {
            let Dims::Known(dims) = &signature.dims else {
                continue;
            };
            for dim in dims {
                if let Dim::Named(name) = dim
                    && !names.iter().any(|n| name == n)
                {
                    names.push(name.to_string());
                }
            }
        }
        Symbols(names)
    }

    fn index(&self, name: &Ident) -> u32 {
        let at = self.0.iter().position(|n| name == n).expect("every named dimension was collected");
        u32::try_from(at).expect("a model has fewer than 2^32 named dimensions")
    }
}

/// The model's `Declaration`.
pub(super) fn declaration(private: &TokenStream, model: &Model) -> TokenStream {
    let symbols = Symbols::of(model);
    let name = model.name.to_string();
    let port = |name: String, signature: &Signature| {
        let spec = signature.spec(private, &symbols);
        quote!(#private::model::Port { name: #name, spec: #spec })
    };
    let inputs = model.inputs.iter().map(|input| port(input.name.to_string(), &input.signature));
    let outputs = model.outputs.iter().map(|output| port(String::new(), output));
    let names = &symbols.0;
    quote! {
        #private::model::Declaration {
            name: #name,
            symbols: &[#(#names),*],
            inputs: &[#(#inputs),*],
            outputs: &[#(#outputs),*],
        }
    }
}
