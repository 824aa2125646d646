//! `model!`: a model, checked by constants.

mod expand;
mod grammar;
mod signature;
mod with;

use crate::crate_path::CratePath;
use proc_macro2::TokenStream;

/// Expands `model! { $crate; .. }`.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let (library, tokens) = CratePath::split(input);
    match grammar::Model::parse(tokens) {
        Ok(model) => expand::Expansion::new(&library, &model).items(),
        Err(e) => e.to_compile_error(),
    }
}
