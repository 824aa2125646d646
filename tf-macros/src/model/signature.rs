//! What a model declares of its inputs and outputs, as types and as data.

use super::grammar::{Dim, Dims, Model, Signature};
use crate::crate_path::CratePath;
use crate::mistake::{Code, mistake};
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

/// As many names as a shape tells apart.
const MOST_SYMBOLS: usize = 64;

/// The named dimensions of a model, in the order in which they appear.
struct Symbols<'m>(Vec<&'m Ident>);

impl<'m> Symbols<'m> {
    fn of(model: &'m Model) -> Self {
        let mut names: Vec<&Ident> = vec![];
        let signatures = model.inputs.iter().map(|input| &input.signature).chain(&model.outputs);
        for signature in signatures {
            let Dims::Known(dims) = &signature.dims else {
                continue;
            };
            for dim in dims {
                if let Dim::Named(name) = dim
                    && !names.contains(&name)
                {
                    names.push(name);
                }
            }
        }
        Symbols(names)
    }

    fn index(&self, name: &Ident) -> u32 {
        let at = self.0.iter().position(|&n| name == n).expect("every named dimension was collected");
        u32::try_from(at).expect("a model has at most `MOST_SYMBOLS` named dimensions")
    }
}

/// Refuses more named dimensions than a shape can tell apart.
pub(super) fn check_names(model: &Model) -> syn::Result<()> {
    let Some(name) = Symbols::of(model).0.get(MOST_SYMBOLS).copied() else {
        return Ok(());
    };
    let says = format!("`{name}` is one named dimension more than the {MOST_SYMBOLS} that a model can have");
    Err(mistake(name, Code::ModelGrammar, says, "write `?` for a dimension that no other has to agree with"))
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
    let names = symbols.0.iter().map(|name| name.to_string());
    quote! {
        #private::model::Declaration {
            name: #name,
            symbols: &[#(#names),*],
            inputs: &[#(#inputs),*],
            outputs: &[#(#outputs),*],
        }
    }
}
