//! `model!`: a model, checked by constants.
//!
//! | file | what it holds |
//! |---|---|
//! | `grammar` | what may be written, and reading it |
//! | `with` | `with variable_scope(..) as scope { .. }`, made a macro call before the body is read as Rust |
//! | `signature` | the declared inputs and outputs, as types and as data |
//! | `expand` | what is emitted: a struct, its body in both worlds, the constants that check it |
//! | `methods` | the methods of that struct |

mod expand;
mod grammar;
mod methods;
mod signature;
mod with;

use crate::crate_path::CratePath;
use proc_macro2::TokenStream;

/// Expands `model! { $crate; .. }`.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let (library, tokens) = CratePath::split(input);
    let model = grammar::Model::parse(tokens).and_then(|model| signature::check_names(&model).map(|()| model));
    match model {
        Ok(model) => expand::Expansion::new(&library, &model).items(),
        Err(e) => e.to_compile_error(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn expanded(model: TokenStream) -> String {
        expand(quote!(::my::tf; #model)).to_string()
    }

    #[test]
    fn a_model_is_checked_by_constant_items() {
        let out = expanded(quote!(pub M(x: f32[batch, 28]) -> f32[batch, 10] { f(x) }));
        assert_eq!(out.matches("const _ : () =").count(), 10, "{out}");
        assert!(
            out.contains("symbols : & [\"batch\"]") && out.contains(":: my :: tf :: __private :: symbol (0u32)"),
            "{out}"
        );
        assert!(out.contains("pub fn init (seed : u64)") && !out.contains("pub fn sharing"), "{out}");
        assert!(out.contains("Table < 1024usize , 2048usize , 4096usize , 16384usize >"), "{out}");
    }

    #[test]
    fn a_generic_model_is_checked_by_its_instances_and_by_use() {
        let generic = quote!(M<const C: usize>(x: f32[?, C]) -> (f32[?, C],) { (f(x),) });
        let out = expanded(quote!(#generic check M<1>, M<3>));
        assert_eq!(out.matches("const _ : () = < M < 1 > > :: CHECKED").count(), 1, "{out}");
        assert_eq!(out.matches("const _ : () =").count(), 20, "{out}");
        assert!(
            out.contains("const { Self :: CHECKED }")
                && out.contains("{ Self :: CHECKED ; Self :: TABLE . parameters () }")
        );
        assert!(!expanded(generic).contains("const _"));
    }

    #[test]
    fn a_dynamic_model_has_no_table() {
        let out = expanded(quote!(dynamic M(x: f32[..]) -> f32[..] { vec![x].pop().unwrap() }));
        assert!(!out.contains("TABLE") && !out.contains("CHECKED") && !out.contains("compile_error"), "{out}");
        assert!(
            out.contains("pub const INPUTS")
                && out.contains("ModelInput < 'a , f32 , :: my :: tf :: __private :: ndarray :: IxDyn >")
        );
    }

    #[test]
    fn a_model_that_reuses_another_starts_from_its_table() {
        let out = expanded(quote!(M reuse other::Train<3> (x: f32[?]) -> f32[?] { f(x) }));
        assert!(out.contains("Table :: reusing (if panic_at == 0 { < other :: Train < 3 > > :: TABLE }"), "{out}");
        assert!(out.contains("pub fn sharing (other : & other :: Train < 3 >)") && !out.contains("fn init"), "{out}");
    }

    #[test]
    fn a_mistake_in_the_body_leaves_the_signature() {
        let out = expanded(quote!(M(x: f32[?]) -> f32[?] { let f = |x| x; f(x) }));
        assert_eq!(out.matches("compile_error").count(), 1, "{out}");
        assert!(out.contains("const fn body_at") && out.contains("fn body (x :"), "{out}");
        // In both worlds alike, which rustc prints once.
        assert_eq!(expanded(quote!(M(x: f32[?]) -> f32[?] { let = ; })).matches("compile_error").count(), 2);
        assert_eq!(expanded(quote!(M(x: f32[?]) -> f32[?] { x? })).matches("E-QUESTION-MARK").count(), 2);
    }

    #[test]
    fn a_model_has_64_named_dimensions_at_most() {
        let inputs = |count: usize| {
            let dims = (0..count).map(|i| quote::format_ident!("d{i}"));
            expanded(quote!(M(#(#dims: f32[#dims]),*) -> f32[?] { f(d0) }))
        };
        let (most, more) = (inputs(64), inputs(65));
        assert!(most.contains("symbol (63u32)") && !most.contains("compile_error"), "{most}");
        assert!(more.contains("`d64` is one named dimension more than the 64") && more.contains("E-MODEL-GRAMMAR"));
    }

    #[test]
    fn cfg_covers_every_item() {
        let out = expanded(quote!(#[cfg(test)] M(x: f32[?]) -> f32[?] { x }));
        assert_eq!(out.matches("# [cfg (test)]").count(), 6 + 10, "{out}");
    }
}
